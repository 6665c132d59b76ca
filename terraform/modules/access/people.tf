# Roles of people, and Lake Formation's own, with which it opens files on their behalf. No role of people has a right to
# the tables' buckets: what Lake Formation does not hand out cannot be read.

locals {
  person_policies = { for role, may in var.roles : role => {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "Ask"
        Effect = "Allow"
        Action = [
          "athena:BatchGetNamedQuery", "athena:BatchGetQueryExecution", "athena:GetNamedQuery", "athena:GetQueryExecution",
          "athena:GetQueryResults", "athena:GetQueryResultsStream", "athena:GetWorkGroup", "athena:ListNamedQueries",
          "athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution",
        ]
        Resource = [var.workgroup_arns[role]]
      },
      {
        Sid      = "ReadResults"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
        Resource = ["${var.results_bucket_arn}/${role}/*"]
      },
      {
        Sid      = "FindResults"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation"]
        Resource = [var.results_bucket_arn]
      },
      {
        Sid       = "ListOwnResults"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [var.results_bucket_arn]
        Condition = { StringLike = { "s3:prefix" = "${role}/*" } }
      },
      {
        Sid      = "KeyOfResults"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.platform_key_arn]
      },
      {
        Sid    = "SeeEntries"
        Effect = "Allow"
        Action = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables"]
        Resource = concat(["${var.glue_arn}:catalog"], flatten([for zone in may.zones : [
          "${var.glue_arn}:database/${var.zones[zone].database}",
          "${var.glue_arn}:table/${var.zones[zone].database}/*",
        ]]))
      },
      {
        # Lake Formation hands out what it granted; the action knows no resources.
        Sid      = "WhatLakeFormationGrants"
        Effect   = "Allow"
        Action   = ["lakeformation:GetDataAccess"]
        Resource = ["*"]
      },
      ], [for statement in [
        {
          Sid      = "RunTheLineage"
          Effect   = "Allow"
          Action   = ["states:DescribeStateMachine", "states:ListExecutions", "states:StartExecution"]
          Resource = [var.state_machine_arn, var.upkeep_machine_arns["maintain"]]
        },
        {
          Sid      = "FollowExecutions"
          Effect   = "Allow"
          Action   = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
          Resource = [for arn in [var.state_machine_arn, var.upkeep_machine_arns["maintain"]] : "${replace(arn, ":stateMachine:", ":execution:")}:*"]
        },
        {
          Sid      = "FollowJobs"
          Effect   = "Allow"
          Action   = ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
          Resource = [for name in var.lineage_job_names : "${var.glue_arn}:job/${name}"]
        },
        {
          Sid      = "ReadLogs"
          Effect   = "Allow"
          Action   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
          Resource = ["${var.logs_arn}:log-group:/${var.prefix}/glue/*:*"]
        },
        {
          Sid      = "ReadReports"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["${var.artefacts_bucket_arn}/reports/*"]
        },
        ] : statement if role == "engineer"], [for statement in [
        {
          # People to erase are named in a list, and in nothing that is logged. The bucket's policy keeps others out.
          Sid      = "NameWhomToErase"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource = ["${var.requests_bucket_arn}/people/*"]
        },
        {
          Sid      = "ReadCertificates"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["${var.requests_bucket_arn}/certificates/*"]
        },
        {
          Sid      = "FindListsAndCertificates"
          Effect   = "Allow"
          Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
          Resource = [var.requests_bucket_arn]
        },
        {
          Sid      = "RunAnErasure"
          Effect   = "Allow"
          Action   = ["states:DescribeStateMachine", "states:ListExecutions", "states:StartExecution"]
          Resource = [var.upkeep_machine_arns["erase"]]
        },
        {
          Sid      = "FollowErasures"
          Effect   = "Allow"
          Action   = ["states:DescribeExecution", "states:GetExecutionHistory"]
          Resource = ["${replace(var.upkeep_machine_arns["erase"], ":stateMachine:", ":execution:")}:*"]
        },
    ] : statement if role == "privacy_officer"])
  } }
}

resource "aws_iam_role" "person" {
  for_each = var.roles

  name                 = "${var.prefix}-${replace(each.key, "_", "-")}"
  description          = "People who work as ${replace(each.key, "_", " ")}."
  max_session_duration = 3600 * 8

  # With nobody named, nobody can take the role on: the statement lets in the account and denies it at once.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = length(var.principals[each.key]) > 0 ? "Allow" : "Deny"
      Principal = { AWS = length(var.principals[each.key]) > 0 ? var.principals[each.key] : [var.account_arn] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "person" {
  #checkov:skip=CKV_AWS_355:GetDataAccess knows no resources; Lake Formation's grants decide
  #checkov:skip=CKV_AWS_290:the same statement, which knows no resources
  for_each = var.roles

  name   = "lake"
  role   = aws_iam_role.person[each.key].id
  policy = jsonencode(local.person_policies[each.key])
}

resource "aws_iam_role" "lake" {
  name        = "${var.prefix}-lake-formation"
  description = "Lake Formation opens files of tables on behalf of those whom it granted them."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lakeformation.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:SetContext"]
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "lake" {
  name = "tables"
  role = aws_iam_role.lake.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTables"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = [for zone, each_zone in var.zones : "${each_zone.bucket_arn}/${zone}/*"]
      },
      {
        Sid      = "ListTables"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = distinct([for zone in var.zones : zone.bucket_arn])
      },
      {
        Sid      = "KeysOfTables"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = distinct([for zone in var.zones : zone.key_arn])
      },
    ]
  })
}
