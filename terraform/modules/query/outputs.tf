output "workgroups" {
  description = "Name of each role's workgroup."
  value       = { for role, workgroup in aws_athena_workgroup.role : role => workgroup.name }
}

output "workgroup_arns" {
  description = "ARN of each role's workgroup."
  value       = { for role, workgroup in aws_athena_workgroup.role : role => "${var.athena_arn}:workgroup/${workgroup.name}" }
}

output "named_queries" {
  description = "Id of each named query, by role/name."
  value       = { for name, query in aws_athena_named_query.question : name => query.id }
}
