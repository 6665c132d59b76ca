# Names and ARNs are known before the buckets are there, so that plans and their tests show whole policies.

output "buckets" {
  description = "Name of each bucket, by what it is for."
  value       = { for purpose, bucket in aws_s3_bucket.purpose : purpose => bucket.bucket }

  # Nothing is put into a bucket, and no trail points to one, before it is closed and encrypted.
  depends_on = [
    aws_s3_bucket_policy.purpose,
    aws_s3_bucket_public_access_block.purpose,
    aws_s3_bucket_server_side_encryption_configuration.purpose,
    aws_s3_bucket_versioning.purpose,
  ]
}

output "arns" {
  description = "ARN of each bucket, by what it is for."
  value       = local.arns
}

output "settings" {
  description = "How each bucket is protected, by what it is for."
  value = { for purpose, bucket in aws_s3_bucket.purpose : purpose => {
    blocked = [
      aws_s3_bucket_public_access_block.purpose[purpose].block_public_acls,
      aws_s3_bucket_public_access_block.purpose[purpose].block_public_policy,
      aws_s3_bucket_public_access_block.purpose[purpose].ignore_public_acls,
      aws_s3_bucket_public_access_block.purpose[purpose].restrict_public_buckets,
    ]
    ownership       = aws_s3_bucket_ownership_controls.purpose[purpose].rule[0].object_ownership
    versioning      = aws_s3_bucket_versioning.purpose[purpose].versioning_configuration[0].status
    policy          = aws_s3_bucket_policy.purpose[purpose].policy
    logged_to       = one([for logging in [lookup(aws_s3_bucket_logging.purpose, purpose, null)] : logging.target_bucket if logging != null])
    algorithm       = one(aws_s3_bucket_server_side_encryption_configuration.purpose[purpose].rule).apply_server_side_encryption_by_default[0].sse_algorithm
    key             = one(aws_s3_bucket_server_side_encryption_configuration.purpose[purpose].rule).apply_server_side_encryption_by_default[0].kms_master_key_id
    expiry_days     = [for rule in aws_s3_bucket_lifecycle_configuration.purpose[purpose].rule : rule.expiration[0].days if length(rule.expiration) > 0]
    noncurrent_days = [for rule in aws_s3_bucket_lifecycle_configuration.purpose[purpose].rule : rule.noncurrent_version_expiration[0].noncurrent_days if length(rule.noncurrent_version_expiration) > 0]
    abort_days      = [for rule in aws_s3_bucket_lifecycle_configuration.purpose[purpose].rule : rule.abort_incomplete_multipart_upload[0].days_after_initiation if length(rule.abort_incomplete_multipart_upload) > 0]
  } }
}
