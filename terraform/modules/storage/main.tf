# Buckets: what is delivered, the tables (those with personal data apart from curated ones), code, query results, lists of
# people to erase, logs.

locals {
  # No rule expires objects of an Iceberg table by age: files that a snapshot needs can be of any age. Only versions that
  # were already deleted are let go, well within the erasure deadline.
  buckets = {
    drop = {
      key             = "landing"
      expiry_days     = var.drop_expiry_days
      noncurrent_days = var.noncurrent_days
    }
    warehouse = {
      key             = "landing"
      expiry_days     = null
      noncurrent_days = var.noncurrent_days
    }
    curated = {
      key             = "curated"
      expiry_days     = null
      noncurrent_days = var.noncurrent_days
    }
    artefacts = {
      key             = "platform"
      expiry_days     = null
      noncurrent_days = 30
    }
    results = {
      key             = "platform"
      expiry_days     = var.result_expiry_days
      noncurrent_days = 1
    }
    # A list that nobody carried out is not let go of by itself: somebody asked for it. The job that does removes it.
    requests = {
      key             = "platform"
      expiry_days     = null
      noncurrent_days = 1
    }
    # S3 delivers access logs to buckets of its own encryption only; the trail brings its key.
    logs = {
      key             = null
      expiry_days     = var.log_retention_days
      noncurrent_days = 1
    }
  }

  logged = toset([for purpose in keys(local.buckets) : purpose if purpose != "logs"])

  names = { for purpose in keys(local.buckets) : purpose => "${var.prefix}-${purpose}-${var.account_id}" }
  arns  = { for purpose, name in local.names : purpose => "arn:${var.partition}:s3:::${name}" }
}

resource "aws_s3_bucket" "purpose" {
  #checkov:skip=CKV_AWS_144:tables can be made again from the drop; a copy elsewhere would be one more place to erase from
  #checkov:skip=CKV2_AWS_62:deliveries are found by listing, at a time; nothing waits for events
  #checkov:skip=CKV2_AWS_61:lifecycles are below, one for all buckets
  #checkov:skip=CKV_AWS_18:access logs are set below; the bucket of logs would log itself
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to buckets of its own encryption only; all others have a key of ours
  for_each = local.buckets

  bucket        = local.names[each.key]
  force_destroy = var.force_destroy

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "purpose" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.purpose[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "purpose" {
  for_each = local.buckets

  bucket = aws_s3_bucket.purpose[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "purpose" {
  for_each = local.buckets

  bucket = aws_s3_bucket.purpose[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "purpose" {
  for_each = local.buckets

  bucket = aws_s3_bucket.purpose[each.key].id

  rule {
    bucket_key_enabled = local.buckets[each.key].key != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.buckets[each.key].key == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.buckets[each.key].key == null ? null : var.key_arns[local.buckets[each.key].key]
    }
  }
}

resource "aws_s3_bucket_logging" "purpose" {
  for_each = local.logged

  bucket        = aws_s3_bucket.purpose[each.key].id
  target_bucket = local.names["logs"]
  target_prefix = "access/${each.key}/"

  depends_on = [aws_s3_bucket_policy.purpose]
}

resource "aws_s3_bucket_lifecycle_configuration" "purpose" {
  for_each = local.buckets

  bucket = aws_s3_bucket.purpose[each.key].id

  rule {
    id     = "incomplete uploads and what was deleted"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = local.buckets[each.key].noncurrent_days
    }
  }

  dynamic "rule" {
    for_each = local.buckets[each.key].expiry_days == null ? [] : [local.buckets[each.key].expiry_days]

    content {
      id     = "no longer needed"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.purpose]
}
