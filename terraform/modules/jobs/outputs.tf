output "job_names" {
  description = "Name of each script's Glue job."
  value       = { for name, job in aws_glue_job.script : name => job.name }
}

output "role_arns" {
  description = "ARN of each job's role."
  value       = { for name, role in aws_iam_role.job : name => role.arn }
}

output "policies" {
  description = "What each job's role may do."
  value       = local.policies
}

output "default_arguments" {
  description = "Arguments that each job starts with."
  value       = { for name, job in aws_glue_job.script : name => job.default_arguments }
}

output "output_log_groups" {
  description = "Log group of what each script prints."
  value       = { for name in keys(var.jobs) : name => aws_cloudwatch_log_group.jobs["${name}/output"].name }
}

output "settings" {
  description = "What jobs run with, over all of them."
  value = {
    glue_version            = toset([for job in aws_glue_job.script : job.glue_version])
    job_run_queuing_enabled = toset([for job in aws_glue_job.script : job.job_run_queuing_enabled])
    max_concurrent_runs     = toset([for job in aws_glue_job.script : job.execution_property[0].max_concurrent_runs])
    max_retries             = toset([for job in aws_glue_job.script : job.max_retries])
    security_configuration  = toset([for job in aws_glue_job.script : job.security_configuration])
    timeout                 = toset([for job in aws_glue_job.script : job.timeout])
  }
}

output "secret_policy" {
  description = "Who may not read the pseudonym key."
  value       = jsondecode(aws_secretsmanager_secret_policy.pseudonym.policy)
}

output "certificate_secret_policy" {
  description = "Who may not read the key that signs certificates."
  value       = jsondecode(aws_secretsmanager_secret_policy.certificate.policy)
}

output "trust" {
  description = "Who may take on each job's role."
  value       = { for name, role in aws_iam_role.job : name => jsondecode(role.assume_role_policy) }
}

output "workers" {
  description = "How many workers each job has at most."
  value       = { for name, job in aws_glue_job.script : name => job.number_of_workers }
}
