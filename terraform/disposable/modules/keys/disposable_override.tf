# Laid over the module where a deployment may be destroyed; see README.md, "Taking it down".

resource "aws_kms_key" "class" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_secretsmanager_secret" "pseudonym" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_secretsmanager_secret" "certificate" {
  lifecycle {
    prevent_destroy = false
  }
}
