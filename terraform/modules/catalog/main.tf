# A database for each zone, and the catalog's own encryption. Tables are made by the first run, from their specs.

resource "aws_glue_catalog_database" "zone" {
  for_each = var.zones

  name         = each.value.database
  description  = each.value.description
  location_uri = each.value.location

  # Dropping a database drops its tables. disposable/ has the override for what may be destroyed.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_glue_data_catalog_encryption_settings" "account" {
  count = var.manage_account_settings ? 1 : 0

  data_catalog_encryption_settings {
    connection_password_encryption {
      aws_kms_key_id                       = var.catalog_key_arn
      return_connection_password_encrypted = true
    }

    encryption_at_rest {
      catalog_encryption_mode = "SSE-KMS"
      sse_aws_kms_key_id      = var.catalog_key_arn
    }
  }
}
