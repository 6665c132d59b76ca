# A database for each zone. Tables are made by the first run, from their specs.

resource "aws_glue_catalog_database" "zone" {
  for_each = var.zones

  name         = each.value.database
  description  = each.value.description
  location_uri = each.value.location

  # Before that, a new database would be open to everybody whom IAM lets in.
  depends_on = [aws_lakeformation_data_lake_settings.account]

  # Dropping a database drops its tables. disposable/ has the override for what may be destroyed.
  lifecycle {
    prevent_destroy = true
  }
}
