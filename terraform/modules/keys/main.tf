# A key for each class of data, and the secret that turns people into pseudonyms. Key policies leave it to IAM who may
# use a key; services are let in by name, and only on behalf of this account.

locals {
  account_arn = "arn:${var.partition}:iam::${var.account_id}:root"

  keys = {
    landing   = "personal data: the drop folder, landing and trusted tables"
    curated   = "curated tables and verdicts"
    platform  = "code, logs, query results, messages and the catalog"
    pseudonym = "the secrets that pseudonyms are made and certificates of erasures are signed with"
  }

  owner_statement = {
    Sid       = "AccountDecidesByIam"
    Effect    = "Allow"
    Principal = { AWS = local.account_arn }
    Action    = "kms:*"
    Resource  = "*"
  }

  service_statements = [
    {
      Sid       = "LogsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "logs.${var.region}.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      Resource  = "*"
      Condition = {
        ArnLike = {
          "kms:EncryptionContext:aws:logs:arn" = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:*"
        }
      }
    },
    {
      Sid       = "MessagesOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"] }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    },
    {
      # Delivers the log of the state machine, which is encrypted.
      Sid       = "LogDeliveryOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = ["kms:Decrypt"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    },
    {
      Sid       = "TrailsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:DescribeKey", "kms:GenerateDataKey*"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    },
  ]
}

resource "aws_kms_key" "class" {
  for_each = local.keys

  description             = "${var.prefix}: ${each.value}"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.owner_statement], [for statement in local.service_statements : statement if each.key == "platform"])
  })

  # A key that is gone takes with it all that it encrypted. disposable/ has the override for what may be destroyed.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "class" {
  for_each = local.keys

  name          = "alias/${var.prefix}-${each.key}"
  target_key_id = aws_kms_key.class[each.key].key_id
}
