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
  description = "Beginnings of the ARNs of objects that the trail watches."
  value       = one([for selector in one(aws_cloudtrail.data.advanced_event_selector).field_selector : selector.starts_with if selector.field == "resources.ARN"])
}

output "filters" {
  description = "Log group of each metric filter."
  value = [for filter in concat(
    values(aws_cloudwatch_log_metric_filter.refused),
    values(aws_cloudwatch_log_metric_filter.rows),
    [aws_cloudwatch_log_metric_filter.quarantined],
  ) : { name = filter.name, log_group = filter.log_group_name }]
}
