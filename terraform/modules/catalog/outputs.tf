output "databases" {
  description = "Name of each zone's database."
  value       = { for zone, database in aws_glue_catalog_database.zone : zone => database.name }
}

output "maintenance_role_arns" {
  description = "ARN of the role that maintains each zone's tables."
  value       = { for zone, role in aws_iam_role.maintenance : zone => role.arn }
}

output "maintained" {
  description = "For each maintained table: how many days snapshots stay readable, and unknown files are left alone."
  value = { for identifier in keys(local.tables) : identifier => {
    compaction     = aws_glue_catalog_table_optimizer.compaction[identifier].configuration[0].enabled
    retention_days = aws_glue_catalog_table_optimizer.retention[identifier].configuration[0].retention_configuration[0].iceberg_configuration[0].snapshot_retention_period_in_days
    orphan_days    = aws_glue_catalog_table_optimizer.orphans[identifier].configuration[0].orphan_file_deletion_configuration[0].iceberg_configuration[0].orphan_file_retention_period_in_days
    location       = aws_glue_catalog_table_optimizer.orphans[identifier].configuration[0].orphan_file_deletion_configuration[0].iceberg_configuration[0].location
  } }
}

output "locations" {
  description = "Where the tables of each zone are."
  value       = { for zone, database in aws_glue_catalog_database.zone : zone => database.location_uri }
}
