# What an account has only once.

resource "aws_lakeformation_data_lake_settings" "account" {
  count = var.manage_account_settings ? 1 : 0

  # Nothing is given by default: without create_database_default_permissions and create_table_default_permissions, Lake
  # Formation's grants alone decide, and not IAM besides.
  admins = var.lake_administrators
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
