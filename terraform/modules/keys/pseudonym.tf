# The secret that pseudonyms are made with. `make deploy` puts a random key into it where there is none: Terraform never
# sees it, and so it is in no plan and no state.

resource "aws_secretsmanager_secret" "pseudonym" {
  #checkov:skip=CKV2_AWS_57:a new key makes everybody somebody else: it is changed on purpose, with a rebuild
  name                    = "${var.prefix}/pseudonym-key"
  description             = "Key of the training table's pseudonyms: 32 bytes in hexadecimal. Never in the lake."
  kms_key_id              = aws_kms_key.class["pseudonym"].arn
  recovery_window_in_days = var.recovery_window_days

  lifecycle {
    prevent_destroy = true
  }
}
