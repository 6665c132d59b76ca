output "role_arns" {
  description = "ARN of each role of people."
  value       = { for name, role in aws_iam_role.person : name => role.arn }
}

output "policies" {
  description = "What IAM lets each role of people ask."
  value       = local.person_policies
}

output "grants" {
  description = "Which tables Lake Formation lets each role select from, and whether without their personal columns."
  value       = local.grants
}
