locals {
  assume = { for service in ["states", "scheduler"] : service => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "${service}.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  }) }

  policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "RunTheJobs"
        Effect   = "Allow"
        Action   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
        Resource = [for name in var.job_names : "${var.glue_arn}:job/${name}"]
      },
      {
        Sid      = "TellPeople"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.alerts.arn]
      },
      {
        Sid      = "PlatformKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.platform_key_arn]
      },
      {
        # Deliveries of logs and traces know no resources.
        Sid    = "LogsAndTraces"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
          "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
        ]
        Resource = ["*"]
      },
    ]
  }
}

resource "aws_iam_role" "lineage" {
  name               = "${var.prefix}-state-machine"
  description        = "The state machine that runs the jobs."
  assume_role_policy = local.assume["states"]
}

resource "aws_iam_role_policy" "lineage" {
  #checkov:skip=CKV_AWS_355:deliveries of logs and traces know no resources
  #checkov:skip=CKV_AWS_290:the same statement, which knows no resources
  #checkov:skip=CKV_AWS_289:logs:PutResourcePolicy is what Step Functions needs to deliver logs
  name   = "lineage"
  role   = aws_iam_role.lineage.id
  policy = jsonencode(local.policy)
}

resource "aws_iam_role" "schedule" {
  name               = "${var.prefix}-schedule"
  description        = "Starts the state machine."
  assume_role_policy = local.assume["scheduler"]
}

resource "aws_iam_role_policy" "schedule" {
  name = "start"
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Start"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = aws_sfn_state_machine.lineage.arn
      },
      {
        Sid      = "PlatformKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.platform_key_arn
      },
    ]
  })
}
