output "state_machine_arn" {
  description = "ARN of the state machine that runs the jobs."
  value       = aws_sfn_state_machine.lineage.arn
}

output "topic_arn" {
  description = "ARN of the topic that failures and alarms are told on."
  value       = aws_sns_topic.alerts.arn
}

output "policy" {
  description = "What the state machine's role may do."
  value       = local.policy
}

output "definition" {
  description = "The state machine, filled in."
  value       = jsondecode(aws_sfn_state_machine.lineage.definition)
}
