output "alarms" {
  description = "Names of all alarms."
  value = concat(
    [
      aws_cloudwatch_metric_alarm.failed_run.alarm_name,
      aws_cloudwatch_metric_alarm.quarantine.alarm_name,
      aws_cloudwatch_metric_alarm.red_verdict.alarm_name,
    ],
    [for alarm in aws_cloudwatch_metric_alarm.stale : alarm.alarm_name],
  )
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.lake.dashboard_name
}

output "watched" {
  description = "Of each thing that the trail notes: where, whether reading, and by whom not."
  value = { for selector in aws_cloudtrail.data.advanced_event_selector : selector.name => {
    where   = one([for field in selector.field_selector : field.starts_with if field.field == "resources.ARN"])
    reading = one(one([for field in selector.field_selector : field.equals if field.field == "readOnly"]))
    but     = flatten([for field in selector.field_selector : field.not_starts_with if field.field == "userIdentity.arn"])
  } }
}

output "filters" {
  description = "Log group of each metric filter."
  value = [for filter in concat(
    values(aws_cloudwatch_log_metric_filter.refused),
    values(aws_cloudwatch_log_metric_filter.rows),
    [aws_cloudwatch_log_metric_filter.quarantined],
  ) : { name = filter.name, log_group = filter.log_group_name }]
}
