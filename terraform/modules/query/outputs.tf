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

output "questions" {
  description = "Named queries, as role/name."
  value       = keys(aws_athena_named_query.question)
}

output "texts" {
  description = "SQL of each named query, by role/name."
  value       = { for name, query in aws_athena_named_query.question : name => query.query }
}

output "settings" {
  description = "What each role's workgroup enforces."
  value = { for role, workgroup in aws_athena_workgroup.role : role => {
    enforced   = workgroup.configuration[0].enforce_workgroup_configuration
    encryption = workgroup.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option
    engine     = workgroup.configuration[0].engine_version[0].selected_engine_version
    scan_limit = workgroup.configuration[0].bytes_scanned_cutoff_per_query
  } }
}
