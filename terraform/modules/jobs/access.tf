# A role for each job. It reads the rows of the tables that its script reads, and writes those that its script writes.
#
# Of every table it may read the metadata files, which name snapshots and hold no values of personal columns: a run fixes
# at its start the snapshot at which each table is read. Only ingest makes tables: of others it may write the first
# metadata file (00000-…), and nothing else.

locals {
  location = { for identifier, table in var.tables : identifier => "${var.zones[table.zone].bucket_arn}/${table.zone}/${table.name}" }
  entry = { for identifier, table in var.tables : identifier => [
    "${var.glue_arn}:database/${var.zones[table.zone].database}",
    "${var.glue_arn}:table/${var.zones[table.zone].database}/${table.name}",
  ] }

  every_entry    = distinct(concat(["${var.glue_arn}:catalog"], flatten(values(local.entry))))
  every_metadata = [for location in values(local.location) : "${location}/metadata/*"]

  # Zones whose files a job opens in any way: all of them, for metadata; to write, those of its tables.
  every_zone_key = distinct([for zone in var.zones : zone.key_arn])
  written_keys = { for name, job in var.jobs : name => job.creates_tables ? local.every_zone_key : distinct([
    for identifier in job.writes : var.zones[var.tables[identifier].zone].key_arn
  ]) }

  # Beside the tables of this environment's databases (catalog/profiles/glue.py).
  privacy = "${trimsuffix(var.zones["landing"].database, "landing")}privacy"

  common_statements = [
    {
      Sid      = "CodeAndDependencies"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [for kind in ["code", "dependencies", "scripts"] : "${var.artefacts_bucket_arn}/${kind}/*"]
    },
    {
      Sid      = "Reports"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource = ["${var.artefacts_bucket_arn}/reports/*"]
    },
    {
      # Whether a file is there already is asked before it is written. S3 answers that it is missing only to who may list
      # the bucket, and a HEAD sends no prefix that a condition could hold for: names are seen, and no file's content.
      Sid      = "HearThatAFileIsMissing"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = concat([var.artefacts_bucket_arn], distinct([for zone in values(var.zones) : zone.bucket_arn]))
    },
    {
      # Whether an erasure is not finished, and who was erased: keyed hashes, and nobody's values.
      Sid      = "ReadErasures"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = [for name in ["suppression.json", "erasures/*/journal.json"] : "${var.zones["landing"].bucket_arn}/${local.privacy}/${name}"]
    },
    {
      Sid       = "FindErasures"
      Effect    = "Allow"
      Action    = ["s3:ListBucketVersions"]
      Resource  = [var.zones["landing"].bucket_arn]
      Condition = { StringLike = { "s3:prefix" = "${local.privacy}/*" } }
    },
    {
      # Of code, reports and logs, and of the catalog, whose entries are encrypted by whoever commits.
      Sid      = "PlatformKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
      Resource = [var.key_arns["platform"]]
    },
    {
      # The only action of CloudWatch that knows no resources; the namespace is Glue's own.
      Sid       = "Metrics"
      Effect    = "Allow"
      Action    = ["cloudwatch:PutMetricData"]
      Resource  = ["*"]
      Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
    },
    {
      Sid      = "MetadataOfEveryTable"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = local.every_metadata
    },
    {
      Sid      = "EntriesOfEveryTable"
      Effect   = "Allow"
      Action   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
      Resource = local.every_entry
    },
    {
      Sid      = "ReadWithTheZonesKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = local.every_zone_key
    },
  ]

  lineage_statements = { for name, job in var.jobs : name => concat(
    [for reads in [job.reads] : {
      Sid      = "ReadRows"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [for identifier in reads : "${local.location[identifier]}/data/*"]
    } if length(reads) > 0],
    [
      {
        Sid      = "WriteRows"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = flatten([for identifier in job.writes : ["${local.location[identifier]}/data/*", "${local.location[identifier]}/metadata/*"]])
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:AssociateKmsKey", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for kind in ["output", "error"] : "${var.logs_arn}:log-group:${local.log_groups["${name}/${kind}"]}:*"]
      },
      {
        Sid      = "Commit"
        Effect   = "Allow"
        Action   = ["glue:UpdateTable"]
        Resource = distinct(concat(["${var.glue_arn}:catalog"], flatten([for identifier in job.writes : local.entry[identifier]])))
      },
      {
        Sid      = "WriteWithTheZonesKeys"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey"]
        Resource = local.written_keys[name]
      },
      {
        Sid      = "PseudonymKey"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [var.pseudonym_secret_arn]
      },
      {
        Sid      = "KeyOfThePseudonymKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [var.key_arns["pseudonym"]]
      },
    ],
    [for statement in [
      {
        Sid      = "ReadTheDrop"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${var.drop_bucket_arn}/*"]
      },
      {
        Sid      = "ListTheDrop"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [var.drop_bucket_arn]
      },
    ] : statement if job.reads_drop],
    [for statement in [
      {
        Sid      = "MakeTables"
        Effect   = "Allow"
        Action   = ["glue:CreateTable"]
        Resource = local.every_entry
      },
      {
        Sid      = "FirstMetadataFile"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = [for location in values(local.location) : "${location}/metadata/00000-*"]
      },
    ] : statement if job.creates_tables],
  ) if !job.deletes }

  job_statements = merge(local.lineage_statements, local.upkeep_statements)

  # Jobs that delete may do these to every table anyway, or do not do them.
  lineage_only = ["Reports", "HearThatAFileIsMissing", "FindErasures", "MetadataOfEveryTable"]

  policies = { for name, job in var.jobs : name => {
    Version = "2012-10-17"
    Statement = concat([for statement in local.common_statements : statement if
      !(job.deletes && contains(local.lineage_only, statement.Sid)) && !(job.erases && statement.Sid == "ReadErasures")
    ], local.job_statements[name])
  } }
}

resource "aws_iam_role" "job" {
  for_each = var.jobs

  name        = local.roles[each.key]
  description = "The Glue job ${var.prefix}-${each.key}."

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

resource "aws_iam_role_policy" "job" {
  #checkov:skip=CKV_AWS_355:PutMetricData knows no resources; its namespace is fixed
  #checkov:skip=CKV_AWS_290:the same statement, which knows no resources
  for_each = var.jobs

  name   = "job"
  role   = aws_iam_role.job[each.key].id
  policy = jsonencode(local.policies[each.key])
}

# The pseudonym key and the landing tables together name people again. Whatever IAM lets somebody do, only jobs read the key.
resource "aws_secretsmanager_secret_policy" "pseudonym" {
  secret_arn          = var.pseudonym_secret_arn
  block_public_policy = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyJobsReadIt"
      Effect    = "Deny"
      Principal = "*"
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [for name in keys(var.jobs) : aws_iam_role.job[name].arn] } }
    }]
  })
}
