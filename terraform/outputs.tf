# What the CLI reads: `terraform output -json > settings.json`, then `stedi … --profile aws --settings settings.json`.

output "region" {
  description = "AWS region of everything."
  value       = var.region
}

output "warehouse_bucket" {
  description = "Bucket of the tables of landing and trusted; the others' are where their databases say."
  value       = module.storage.buckets["warehouse"]
}

output "curated_bucket" {
  description = "Bucket of the tables of curated and quality."
  value       = module.storage.buckets["curated"]
}

output "drop_bucket" {
  description = "Bucket that devices and the app deliver to."
  value       = module.storage.buckets["drop"]
}

output "artefacts_bucket" {
  description = "Bucket of reports, and of the code that jobs run."
  value       = module.storage.buckets["artefacts"]
}

output "requests_bucket" {
  description = "Bucket of lists of people to erase, and of copies of certificates."
  value       = module.storage.buckets["requests"]
}

output "athena_results_bucket" {
  description = "Bucket of Athena's answers."
  value       = module.storage.buckets["results"]
}

output "athena_workgroup" {
  description = "Athena's workgroup of engineers; other roles have their own."
  value       = module.query.workgroups["engineer"]
}

output "athena_workgroups" {
  description = "Athena's workgroup of each role."
  value       = module.query.workgroups
}

output "withdrawal_days" {
  description = "Days within which withdrawn rows leave every file."
  value       = tostring(var.erasure_deadline_days)
}

output "noncurrent_days" {
  description = "Days for which the buckets keep what was deleted."
  value       = tostring(var.noncurrent_days)
}

output "maintenance_days" {
  description = "Days from one maintenance to the next."
  value       = tostring(var.maintenance_days)
}

output "database_prefix" {
  description = "What the names of the zones' databases begin with."
  value       = var.database_prefix
}

output "databases" {
  description = "Name of each zone's database."
  value       = module.catalog.databases
}

output "kms_key_arns" {
  description = "ARN of the key of each class of data. Buckets name the right one themselves."
  value       = module.keys.key_arns
}

output "pseudonym_secret_arn" {
  description = "Secret of Secrets Manager that holds the key of pseudonyms."
  value       = module.keys.pseudonym_secret_arn
}

output "certificate_secret_arn" {
  description = "Secret of Secrets Manager that holds the key that certificates of erasures are signed with."
  value       = module.keys.certificate_secret_arn
}

output "erasure_machine_arn" {
  description = "State machine that erases whom lists name; the privacy officer starts it."
  value       = module.orchestration.upkeep_machine_arns["erase"]
}

output "maintenance_machine_arn" {
  description = "State machine that maintains the tables."
  value       = module.orchestration.upkeep_machine_arns["maintain"]
}

output "state_machine_arn" {
  description = "State machine that runs the jobs."
  value       = module.orchestration.state_machine_arn
}

output "job_names" {
  description = "Glue job of each script."
  value       = module.jobs.job_names
}

output "role_arns" {
  description = "Roles of people, to assume."
  value       = module.access.role_arns
}

output "topic_arn" {
  description = "Topic that failures and alarms are told on."
  value       = module.orchestration.topic_arn
}

output "dashboard" {
  description = "CloudWatch's dashboard of the lake."
  value       = module.observation.dashboard
}
