output "job_names" {
  description = "Name of each script's Glue job."
  value       = { for name, job in aws_glue_job.script : name => job.name }
}

output "role_arns" {
  description = "ARN of each job's role."
  value       = { for name, role in aws_iam_role.job : name => role.arn }
}

output "policies" {
  description = "What each job's role may do."
  value       = local.policies
}

output "default_arguments" {
  description = "Arguments that each job starts with."
  value       = { for name, job in aws_glue_job.script : name => job.default_arguments }
}

output "output_log_group" {
  description = "Log group of what scripts print."
  value       = aws_cloudwatch_log_group.jobs["output"].name
}
