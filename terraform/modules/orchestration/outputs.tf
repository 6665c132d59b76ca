output "state_machine_arn" {
  description = "ARN of the state machine that runs the jobs."
  value       = aws_sfn_state_machine.lineage.arn
}

output "topic_arn" {
  description = "ARN of the topic that failures and alarms are told on."
  value       = aws_sns_topic.alerts.arn
}

output "upkeep_machine_arns" {
  description = "ARN of the state machine of each job that may delete."
  value       = { for job, machine in aws_sfn_state_machine.upkeep : job => machine.arn }
}

output "policies" {
  description = "What the role of each state machine may do."
  value       = local.policies
}

output "schedules" {
  description = "When the lineage and maintenance start."
  value       = { lineage = aws_scheduler_schedule.lineage.schedule_expression, maintain = aws_scheduler_schedule.maintenance.schedule_expression }
}

output "definition" {
  description = "The state machine, filled in."
  value       = jsondecode(aws_sfn_state_machine.lineage.definition)
}

output "upkeep_definitions" {
  description = "The state machines of jobs that may delete, filled in."
  value       = { for job, machine in aws_sfn_state_machine.upkeep : job => jsondecode(machine.definition) }
}
