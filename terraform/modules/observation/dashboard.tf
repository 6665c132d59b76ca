locals {
  widgets = [
    {
      title = "runs"
      metrics = [for name in ["ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"] :
        ["AWS/States", name, "StateMachineArn", var.state_machine_arns["lineage"]]
      ]
      stat = "Sum"
    },
    {
      title   = "duration of a run (ms)"
      metrics = [["AWS/States", "ExecutionTime", "StateMachineArn", var.state_machine_arns["lineage"]]]
      stat    = "Maximum"
    },
    {
      title   = "rows that readers see"
      metrics = [for table in var.tables : [local.namespace, "Rows", "table", table]]
      stat    = "Maximum"
    },
    {
      title   = "tables refused by their suite"
      metrics = [[local.namespace, "Refused"]]
      stat    = "Sum"
    },
    {
      title   = "records in quarantine"
      metrics = [[local.namespace, "QuarantinedRecords"]]
      stat    = "Maximum"
    },
    {
      title   = "bytes read by queries"
      metrics = [for workgroup in var.workgroups : ["AWS/Athena", "ProcessedBytes", "WorkGroup", workgroup]]
      stat    = "Sum"
    },
  ]
}

resource "aws_cloudwatch_dashboard" "lake" {
  dashboard_name = var.prefix

  dashboard_body = jsonencode({
    widgets = [for index, widget in local.widgets : {
      type   = "metric"
      x      = 12 * (index % 2)
      y      = 6 * floor(index / 2)
      width  = 12
      height = 6
      properties = {
        title   = widget.title
        metrics = widget.metrics
        stat    = widget.stat
        period  = 3600
        region  = var.region
        view    = "timeSeries"
      }
    }]
  })
}
