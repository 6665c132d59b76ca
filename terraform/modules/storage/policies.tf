# Bucket policies: nothing without TLS, no other key than the bucket's, and into the bucket of logs S3 and the trail alone.

locals {
  statements = { for purpose, bucket in local.buckets : purpose => concat(
    [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.arns[purpose], "${local.arns[purpose]}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }],
    flatten([for key in [bucket.key] : [
      {
        # Who names no encryption gets the bucket's. Who names one names that key: not S3's own (AES256), and not the
        # account's for S3 (aws:kms without a key). A key that is not named is another one, too.
        Sid       = "NoOtherKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.arns[purpose]}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.key_arns[key] }
        }
      },
      {
        Sid       = "NoKeyOfTheClient"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.arns[purpose]}/*"
        Condition = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      },
    ] if key != null]),
    [for statement in local.delivery_statements : statement if purpose == "logs"],
    [for statement in local.request_statements : statement if purpose == "requests"],
  ) }

  # Whatever IAM lets others do: who names people to erase is the privacy officer, and nobody but the job reads it.
  request_statements = [
    {
      Sid       = "OnlyThePrivacyOfficerWritesLists"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.arns["requests"]}/people/*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [var.officer_role_arn] } }
    },
    {
      Sid       = "OnlyTheJobReadsThem"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource  = "${local.arns["requests"]}/people/*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [var.officer_role_arn, var.erasing_role_arn] } }
    },
    {
      Sid       = "OnlyTheJobWritesCertificates"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.arns["requests"]}/certificates/*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = [var.erasing_role_arn] } }
    },
  ]

  delivery_statements = [
    {
      Sid       = "AccessLogs"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.arns["logs"]}/access/*"
      Condition = {
        ArnLike      = { "aws:SourceArn" = [for purpose in local.logged : local.arns[purpose]] }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    },
    {
      Sid       = "TrailAsksWhoseItIs"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.arns["logs"]
      Condition = { StringEquals = { "aws:SourceArn" = var.trail_arn } }
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.arns["logs"]}/trail/AWSLogs/${var.account_id}/*"
      Condition = { StringEquals = { "aws:SourceArn" = var.trail_arn } }
    },
  ]
}

resource "aws_s3_bucket_policy" "purpose" {
  for_each = local.buckets

  bucket = aws_s3_bucket.purpose[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })

  depends_on = [aws_s3_bucket_public_access_block.purpose]
}
