# What tells people that something is wrong before they find out themselves: a failed run, a red verdict, a table that
# stays as it was, a quarantine that fills, a bill that grows.

locals {
  namespace = "Stedi/${var.prefix}"

  # Scripts log JSON lines: one for each table that they came to, one for the error that they ended with (jobs/glue.py).
}

resource "aws_cloudwatch_log_metric_filter" "refused" {
  for_each = var.output_log_groups

  name           = "${var.prefix}-refused"
  log_group_name = each.value
  pattern        = "{ $.error = \"DataRefusedError\" }"

  metric_transformation {
    namespace     = local.namespace
    name          = "Refused"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_log_metric_filter" "quarantined" {
  name           = "${var.prefix}-quarantined"
  log_group_name = var.output_log_groups["ingest_landing"]
  pattern        = "{ $.table = \"landing.quarantine\" && $.rows >= 0 }"

  metric_transformation {
    namespace = local.namespace
    name      = "QuarantinedRecords"
    value     = "$.rows"
  }
}

resource "aws_cloudwatch_log_metric_filter" "rows" {
  for_each = var.output_log_groups

  name           = "${var.prefix}-rows"
  log_group_name = each.value
  pattern        = "{ $.rows >= 0 }"

  metric_transformation {
    namespace  = local.namespace
    name       = "Rows"
    value      = "$.rows"
    dimensions = { table = "$.table" }
  }
}

resource "aws_cloudwatch_metric_alarm" "failed_run" {
  alarm_name          = "${var.prefix}-failed-run"
  alarm_description   = "A run of a state machine (the lineage, maintenance, an erasure) failed, was ended or took too long."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]

  metric_query {
    id          = "failed"
    expression  = "SUM(METRICS())"
    label       = "runs that did not succeed"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = merge([for machine, arn in var.state_machine_arns : { for query, metric in {
      failed_runs = "ExecutionsFailed", timed_out_runs = "ExecutionsTimedOut", aborted_runs = "ExecutionsAborted"
    } : "${query}_of_${machine}" => { metric = metric, arn = arn } }]...)

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/States"
        metric_name = metric_query.value.metric
        period      = 300
        stat        = "Sum"
        dimensions  = { StateMachineArn = metric_query.value.arn }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "red_verdict" {
  alarm_name          = "${var.prefix}-red-verdict"
  alarm_description   = "A suite refused a table; readers see it as it was. The job's log names the check and the SQL that shows the rows."
  namespace           = local.namespace
  metric_name         = one(distinct([for filter in aws_cloudwatch_log_metric_filter.refused : filter.metric_transformation[0].name]))
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "quarantine" {
  alarm_name          = "${var.prefix}-quarantine"
  alarm_description   = "More than ${var.quarantine_limit} records were quarantined within a day: a source sends something else than agreed."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.quarantine_limit
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]

  metric_query {
    id          = "grown"
    expression  = "DIFF(held)"
    label       = "records quarantined since the day before"
    return_data = true
  }

  metric_query {
    id = "held"

    metric {
      namespace   = local.namespace
      metric_name = aws_cloudwatch_log_metric_filter.quarantined.metric_transformation[0].name
      period      = 86400
      stat        = "Maximum"
    }
  }
}

# A table is stale where its job has not succeeded for too long. Each success is an event; rules count them.

resource "aws_cloudwatch_event_rule" "made" {
  for_each = var.job_names

  name        = "${var.prefix}-made-${replace(each.key, "_", "-")}"
  description = "${each.value} succeeded."

  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail      = { jobName = [each.value], state = ["SUCCEEDED"] }
  })
}

resource "aws_cloudwatch_event_target" "made" {
  for_each = aws_cloudwatch_event_rule.made

  rule = each.value.name
  arn  = aws_cloudwatch_log_group.events.arn
}

resource "aws_cloudwatch_log_group" "events" {
  name              = "/aws/events/${var.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.platform_key_arn
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name = "${var.prefix}-events"

  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${aws_cloudwatch_log_group.events.arn}:*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "stale" {
  for_each = aws_cloudwatch_event_rule.made

  alarm_name          = "${var.prefix}-stale-${replace(each.key, "_", "-")}"
  alarm_description   = "${var.job_names[each.key]} has not succeeded for ${var.freshness_hours} hours: its tables may be behind what was delivered."
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = each.value.name }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = var.freshness_hours
  datapoints_to_alarm = var.freshness_hours
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  actions_enabled     = var.schedule_enabled
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}

resource "aws_budgets_budget" "month" {
  name         = "${var.prefix}-month"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [var.topic_arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [var.topic_arn]
  }
}
