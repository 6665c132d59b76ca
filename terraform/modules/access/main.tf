# Who may see what. Lake Formation decides about rows and columns; IAM lets people ask.
#
#   engineer         every zone, without personal columns; runs the jobs and reads their logs
#   analyst          trusted, curated and quality, without personal columns
#   data_scientist   curated only, without personal columns
#   privacy_officer  every zone, every column

locals {
  tables = var.tables_exist ? var.tables : {}

  # One grant for each role and table that it may select from; whole, or through the table's filter.
  grants = merge([for role, may in var.roles : {
    for identifier, table in local.tables : "${role}/${identifier}" => {
      role     = role
      table    = identifier
      filtered = !may.personal && length(table.personal_columns) > 0
    } if contains(may.zones, table.zone)
  }]...)

  filtered_tables = { for identifier, table in local.tables : identifier => table if length(table.personal_columns) > 0 }

  # Jobs come with their own right to files (IAM, by prefix); of Lake Formation they need the catalog's entries. None is
  # given SELECT on a `table {}`: AWS answers with another resource than it was sent (the table with all its columns), so
  # that every plan would take the right away and give it again.
  job_zones = merge([for job, may in var.jobs : { for zone in keys(var.zones) : "${job}/${zone}" => {
    job    = job
    zone   = zone
    writes = contains([for identifier in may.writes : split(".", identifier)[0]], zone)
  } }]...)
}

resource "aws_lakeformation_resource" "tables" {
  for_each = { for zone, each_zone in var.zones : zone => "${each_zone.bucket_arn}/${zone}" }

  arn      = each.value
  role_arn = aws_iam_role.lake.arn
}

resource "aws_lakeformation_permissions" "job" {
  for_each = local.job_zones

  principal   = var.job_role_arns[each.value.job]
  permissions = each.value.writes ? ["ALTER", "DESCRIBE"] : ["DESCRIBE"]

  table {
    database_name = var.zones[each.value.zone].database
    wildcard      = true
  }
}

# Every job asks for the zones' databases first. Ingest alone makes tables.
resource "aws_lakeformation_permissions" "job_database" {
  for_each = local.job_zones

  principal   = var.job_role_arns[each.value.job]
  permissions = var.jobs[each.value.job].creates_tables ? ["CREATE_TABLE", "DESCRIBE"] : ["DESCRIBE"]

  database {
    name = var.zones[each.value.zone].database
  }
}

moved {
  from = aws_lakeformation_permissions.create
  to   = aws_lakeformation_permissions.job_database
}

# A commit changes where an entry's metadata is: in a place that is registered, that needs a right to the place, too.
resource "aws_lakeformation_permissions" "job_location" {
  for_each = { for name, grant in local.job_zones : name => grant if grant.writes || var.jobs[grant.job].creates_tables }

  principal   = var.job_role_arns[each.value.job]
  permissions = ["DATA_LOCATION_ACCESS"]

  data_location {
    arn = aws_lakeformation_resource.tables[each.value.zone].arn
  }
}

moved {
  from = aws_lakeformation_permissions.create_location
  to   = aws_lakeformation_permissions.job_location
}

resource "aws_lakeformation_permissions" "maintenance" {
  for_each = var.maintenance_role_arns

  principal   = each.value
  permissions = ["ALTER", "DELETE", "DESCRIBE", "INSERT"]

  table {
    database_name = var.zones[each.key].database
    wildcard      = true
  }
}

resource "aws_lakeformation_permissions" "maintenance_reads" {
  for_each = local.tables

  principal   = var.maintenance_role_arns[each.value.zone]
  permissions = ["SELECT"]

  table_with_columns {
    database_name = var.zones[each.value.zone].database
    name          = each.value.name
    wildcard      = true
  }
}

resource "aws_lakeformation_permissions" "maintenance_location" {
  for_each = var.maintenance_role_arns

  principal   = each.value
  permissions = ["DATA_LOCATION_ACCESS"]

  data_location {
    arn = aws_lakeformation_resource.tables[each.key].arn
  }
}

resource "aws_lakeformation_permissions" "database" {
  for_each = merge([for role, may in var.roles : { for zone in may.zones : "${role}/${zone}" => { role = role, zone = zone } }]...)

  principal   = aws_iam_role.person[each.value.role].arn
  permissions = ["DESCRIBE"]

  database {
    name = var.zones[each.value.zone].database
  }
}

resource "aws_lakeformation_data_cells_filter" "without_personal_columns" {
  for_each = local.filtered_tables

  table_data {
    table_catalog_id = var.account_id
    database_name    = var.zones[each.value.zone].database
    table_name       = each.value.name
    name             = "without_personal_columns"

    column_wildcard {
      excluded_column_names = each.value.personal_columns
    }

    row_filter {
      all_rows_wildcard {}
    }
  }
}

resource "aws_lakeformation_permissions" "whole_table" {
  for_each = { for name, grant in local.grants : name => grant if !grant.filtered }

  principal   = aws_iam_role.person[each.value.role].arn
  permissions = ["SELECT"]

  table_with_columns {
    database_name = var.zones[local.tables[each.value.table].zone].database
    name          = local.tables[each.value.table].name
    wildcard      = true
  }
}

resource "aws_lakeformation_permissions" "filtered_table" {
  for_each = { for name, grant in local.grants : name => grant if grant.filtered }

  principal   = aws_iam_role.person[each.value.role].arn
  permissions = ["SELECT"]

  data_cells_filter {
    table_catalog_id = var.account_id
    database_name    = var.zones[local.tables[each.value.table].zone].database
    table_name       = local.tables[each.value.table].name
    name             = aws_lakeformation_data_cells_filter.without_personal_columns[each.value.table].table_data[0].name
  }
}
