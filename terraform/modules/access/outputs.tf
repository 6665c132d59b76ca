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

output "filters" {
  description = "Columns that the filter of each table with personal data leaves out."
  value       = { for identifier, filter in aws_lakeformation_data_cells_filter.without_personal_columns : identifier => filter.table_data[0].column_wildcard[0].excluded_column_names }
}

output "trust" {
  description = "Who may take on each role of people."
  value       = { for name, role in aws_iam_role.person : name => jsondecode(role.assume_role_policy) }
}

output "rights_of_people" {
  description = "What Lake Formation lets roles of people do with tables and databases: to look, and nothing more."
  value = toset(flatten([for grant in concat(
    values(aws_lakeformation_permissions.database),
    values(aws_lakeformation_permissions.whole_table),
    values(aws_lakeformation_permissions.filtered_table),
  ) : grant.permissions]))
}
