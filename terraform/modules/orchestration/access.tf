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

  # By its name: the policies of all machines are one value, the lineage's among them.
  lineage_arn = "arn:${var.partition}:states:${var.region}:${var.account_id}:stateMachine:${var.prefix}"

  # Each machine starts its own jobs and no others.
  started = merge({ lineage = values(var.job_names) }, { for job, name in var.upkeep_job_names : job => [name] })

  policies = { for machine, names in local.started : machine => {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "RunTheJobs"
        Effect   = "Allow"
        Action   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
        Resource = [for name in names : "${var.glue_arn}:job/${name}"]
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
      ], [for statement in [{
        Sid      = "LookForTheLineage"
        Effect   = "Allow"
        Action   = ["states:ListExecutions"]
        Resource = [local.lineage_arn]
    }] : statement if machine != "lineage"])
  } }
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
  policy = jsonencode(local.policies["lineage"])
}

resource "aws_iam_role" "schedule" {
  name               = "${var.prefix}-schedule"
  description        = "Starts the lineage, and maintenance."
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
        Resource = [aws_sfn_state_machine.lineage.arn, aws_sfn_state_machine.upkeep["maintain"].arn]
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
