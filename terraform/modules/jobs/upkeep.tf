# What the jobs may that delete: one maintains tables, the other erases people. No job of the lineage may delete a version
# of a file; these may, of every table, and each has a role of its own.

locals {
  # An earlier version that stays would keep what is in it; who lists a bucket sees nobody's values.
  for_good      = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
  list_versions = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"]

  records = "${var.zones["landing"].bucket_arn}/${local.privacy}/*"

  deleting_statements = [
    {
      Sid      = "FilesOfEveryTable"
      Effect   = "Allow"
      Action   = local.for_good
      Resource = [for name, zone in var.zones : "${zone.bucket_arn}/${name}/*"]
    },
    {
      Sid      = "ListEveryTable"
      Effect   = "Allow"
      Action   = local.list_versions
      Resource = distinct([for zone in var.zones : zone.bucket_arn])
    },
    {
      Sid      = "Commit"
      Effect   = "Allow"
      Action   = ["glue:UpdateTable"]
      Resource = local.every_entry
    },
    {
      Sid      = "WriteWithTheZonesKeys"
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey"]
      Resource = local.every_zone_key
    },
    {
      Sid      = "PseudonymKey"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [var.pseudonym_secret_arn]
    },
    {
      Sid      = "KeyOfTheSecrets"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [var.key_arns["pseudonym"]]
    },
  ]

  erasing_statements = [
    {
      # Journals, the suppression list and certificates.
      Sid      = "RecordsOfErasures"
      Effect   = "Allow"
      Action   = sort(setsubtract(local.for_good, ["s3:GetObject", "s3:GetObjectVersion"]))
      Resource = [local.records]
    },
    {
      # The proof reads whatever lies beside the tables.
      Sid      = "ReadAllOfTheBucket"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = ["${var.zones["landing"].bucket_arn}/*"]
    },
    {
      Sid      = "DeliveriesReportsAndLists"
      Effect   = "Allow"
      Action   = local.for_good
      Resource = ["${var.drop_bucket_arn}/*", "${var.artefacts_bucket_arn}/reports/*", "${var.requests_bucket_arn}/*"]
    },
    {
      Sid      = "ListThem"
      Effect   = "Allow"
      Action   = local.list_versions
      Resource = [var.drop_bucket_arn, var.artefacts_bucket_arn, var.requests_bucket_arn]
    },
    {
      Sid      = "CertificateKey"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [var.certificate_secret_arn]
    },
    {
      # It begins when no other job is at work.
      Sid      = "LookForOtherJobs"
      Effect   = "Allow"
      Action   = ["glue:GetJobRuns"]
      Resource = [for name in keys(var.jobs) : "${var.glue_arn}:job/${var.prefix}-${name}" if !var.jobs[name].erases]
    },
  ]

  upkeep_statements = { for name, job in var.jobs : name => concat(
    local.deleting_statements,
    [for statement in local.erasing_statements : statement if job.erases],
    [{
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:AssociateKmsKey", "logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [for kind in ["output", "error"] : "${var.logs_arn}:log-group:${local.log_groups["${name}/${kind}"]}:*"]
    }],
  ) if job.deletes }
}

# Who could sign would say that somebody is gone who is not.
resource "aws_secretsmanager_secret_policy" "certificate" {
  secret_arn          = var.certificate_secret_arn
  block_public_policy = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTheJobThatErasesReadsIt"
      Effect    = "Deny"
      Principal = "*"
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [for name, job in var.jobs : aws_iam_role.job[name].arn if job.erases] } }
    }]
  })
}
