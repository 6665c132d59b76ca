# What Glue does to the tables by itself: small files are put together, old snapshots expire as the table's spec says,
# and files that no snapshot knows (of commits whose end is unknown) are deleted. It needs the tables to be there.

locals {
  tables = var.tables_exist ? var.tables : {}
}

resource "aws_iam_role" "maintenance" {
  for_each = var.zones

  name        = "${var.prefix}-maintenance-${each.key}"
  description = "Glue's table optimizers, on the tables of the ${each.key} zone."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "glue.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "maintenance" {
  #checkov:skip=CKV_AWS_355:GetDataAccess knows no resources; Lake Formation's grants decide
  #checkov:skip=CKV_AWS_290:the same statement, which knows no resources
  for_each = var.zones

  name = "maintenance"
  role = aws_iam_role.maintenance[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FilesOfTheZone"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = "${each.value.bucket_arn}/${each.key}/*"
      },
      {
        # Without a condition on prefixes, which a HEAD does not send: S3 would not say that a file is missing.
        Sid      = "ListTheZone"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = each.value.bucket_arn
      },
      {
        Sid      = "KeyOfTheZone"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = each.value.key_arn
      },
      {
        Sid    = "CommitToTheZone"
        Effect = "Allow"
        Action = ["glue:GetTable", "glue:UpdateTable"]
        Resource = [
          "${var.glue_arn}:catalog",
          "${var.glue_arn}:database/${each.value.database}",
          "${var.glue_arn}:table/${each.value.database}/*",
        ]
      },
      {
        # Lake Formation hands out what it granted; the action knows no resources.
        Sid      = "WhatLakeFormationGrants"
        Effect   = "Allow"
        Action   = ["lakeformation:GetDataAccess"]
        Resource = "*"
      },
      {
        Sid      = "KeyOfTheCatalog"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource = var.catalog_key_arn
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for task in ["compaction", "retention", "orphan-file-deletion"] : "${var.logs_arn}:log-group:/aws-glue/iceberg-${task}/logs:*"]
      },
    ]
  })
}

resource "aws_glue_catalog_table_optimizer" "compaction" {
  for_each = local.tables

  catalog_id    = var.account_id
  database_name = aws_glue_catalog_database.zone[each.value.zone].name
  table_name    = each.value.name
  type          = "compaction"

  depends_on = [aws_iam_role_policy.maintenance]

  configuration {
    enabled  = true
    role_arn = aws_iam_role.maintenance[each.value.zone].arn
  }
}

resource "aws_glue_catalog_table_optimizer" "retention" {
  for_each = local.tables

  catalog_id    = var.account_id
  database_name = aws_glue_catalog_database.zone[each.value.zone].name
  table_name    = each.value.name
  type          = "retention"

  depends_on = [aws_iam_role_policy.maintenance]

  configuration {
    enabled  = true
    role_arn = aws_iam_role.maintenance[each.value.zone].arn

    retention_configuration {
      iceberg_configuration {
        snapshot_retention_period_in_days = each.value.retention_days
        number_of_snapshots_to_retain     = 1
        clean_expired_files               = true
      }
    }
  }
}

resource "aws_glue_catalog_table_optimizer" "orphans" {
  for_each = local.tables

  catalog_id    = var.account_id
  database_name = aws_glue_catalog_database.zone[each.value.zone].name
  table_name    = each.value.name
  type          = "orphan_file_deletion"

  depends_on = [aws_iam_role_policy.maintenance]

  configuration {
    enabled  = true
    role_arn = aws_iam_role.maintenance[each.value.zone].arn

    orphan_file_deletion_configuration {
      iceberg_configuration {
        location                             = "${var.zones[each.value.zone].location}/${each.value.name}"
        orphan_file_retention_period_in_days = var.orphan_days
      }
    }
  }
}
