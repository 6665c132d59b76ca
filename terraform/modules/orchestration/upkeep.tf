# A state machine for each job that may delete: it waits until the lineage does not run. Maintenance has a schedule; an
# erasure is started by the privacy officer, who passes it nothing: whom to erase stands in a list.

resource "aws_iam_role" "upkeep" {
  for_each = var.upkeep_job_names

  name               = "${var.prefix}-${each.key}-machine"
  description        = "The state machine that runs the job ${each.value}."
  assume_role_policy = local.assume["states"]
}

resource "aws_iam_role_policy" "upkeep" {
  #checkov:skip=CKV_AWS_355:deliveries of logs and traces know no resources
  #checkov:skip=CKV_AWS_290:the same statement, which knows no resources
  #checkov:skip=CKV_AWS_289:logs:PutResourcePolicy is what Step Functions needs to deliver logs
  for_each = var.upkeep_job_names

  name   = each.key
  role   = aws_iam_role.upkeep[each.key].id
  policy = jsonencode(local.policies[each.key])
}

resource "aws_sfn_state_machine" "upkeep" {
  #checkov:skip=CKV_AWS_285:every step is logged; messages of failures stay in the encrypted history
  for_each = var.upkeep_job_names

  name     = "${var.prefix}-${each.key}"
  role_arn = aws_iam_role.upkeep[each.key].arn

  definition = templatefile("${var.definitions_dir}/${each.key}.asl.json", {
    job_prefix      = "${var.prefix}-"
    lineage_arn     = aws_sfn_state_machine.lineage.arn
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

  depends_on = [aws_iam_role_policy.upkeep]
}

# On the first day of the month, and every so many days after it: never longer after one maintenance than that.
resource "aws_scheduler_schedule" "maintenance" {
  name                         = "${var.prefix}-maintain"
  description                  = "Maintains the tables."
  schedule_expression          = "cron(0 ${var.maintenance_hour} 1/${var.maintenance_days} * ? *)"
  schedule_expression_timezone = "UTC"
  state                        = var.schedule_enabled ? "ENABLED" : "DISABLED"
  kms_key_arn                  = var.platform_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.upkeep["maintain"].arn
    role_arn = aws_iam_role.schedule.arn
    input    = jsonencode({})

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
  }
}
