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
