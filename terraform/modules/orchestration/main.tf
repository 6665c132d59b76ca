# The state machine that runs the jobs in the lineage's order, when it starts, and whom a failure is told.

resource "aws_sns_topic" "alerts" {
  name              = "${var.prefix}-alerts"
  kms_master_key_id = var.platform_key_arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ServicesOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"] }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_log_group" "runs" {
  # Step Functions writes to groups of this name without a resource policy of its own.
  name              = "/aws/vendedlogs/states/${var.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.platform_key_arn
}

resource "aws_sfn_state_machine" "lineage" {
  #checkov:skip=CKV_AWS_285:every step is logged; messages of failures stay in the encrypted history
  name     = var.prefix
  role_arn = aws_iam_role.lineage.arn

  definition = templatefile("${var.definitions_dir}/state_machine.asl.json", {
    job_prefix      = "${var.prefix}-"
    partition       = var.partition
    timeout_seconds = var.timeout_hours * 3600
    topic_arn       = aws_sns_topic.alerts.arn
  })

  logging_configuration {
    level                  = "ALL"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.runs.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.platform_key_arn
    kms_data_key_reuse_period_seconds = 900
  }

  depends_on = [aws_iam_role_policy.lineage]
}

resource "aws_scheduler_schedule" "lineage" {
  name                         = var.prefix
  description                  = "Runs the lineage."
  schedule_expression          = var.schedule
  schedule_expression_timezone = "UTC"
  state                        = var.schedule_enabled ? "ENABLED" : "DISABLED"
  kms_key_arn                  = var.platform_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.lineage.arn
    role_arn = aws_iam_role.schedule.arn
    input    = jsonencode({})

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
  }
}
