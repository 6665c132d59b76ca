# The secret that certificates of erasures are signed with; `make deploy` puts a random key into it where there is none,
# as it does with that of pseudonyms.

resource "aws_secretsmanager_secret" "certificate" {
  #checkov:skip=CKV2_AWS_57:whoever verifies certificates knows the public key: it is changed on purpose, and told
  name                    = "${var.prefix}/certificate-key"
  description             = "Key that certificates of erasures are signed with: 32 bytes in hexadecimal. Never in the lake."
  kms_key_id              = aws_kms_key.class["pseudonym"].arn
  recovery_window_in_days = var.recovery_window_days

  lifecycle {
    prevent_destroy = true
  }
}
