# Names and ARNs are known before the buckets are there, so that plans and their tests show whole policies.

output "buckets" {
  description = "Name of each bucket, by what it is for."
  value       = merge({ for purpose, bucket in aws_s3_bucket.purpose : purpose => bucket.bucket }, { logs = aws_s3_bucket.logs.bucket })
}

output "arns" {
  description = "ARN of each bucket, by what it is for."
  value       = local.arns
}
