output "databases" {
  description = "Name of each zone's database."
  value       = { for zone, database in aws_glue_catalog_database.zone : zone => database.name }
}

output "maintenance_role_arns" {
  description = "ARN of the role that maintains each zone's tables."
  value       = { for zone, role in aws_iam_role.maintenance : zone => role.arn }
}
