variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account."
  type        = string
}

variable "topic_arn" {
  description = "ARN of the topic that alarms are told on."
  type        = string
}

variable "state_machine_arns" {
  description = "ARN of each state machine: lineage, erase, maintain."
  type        = map(string)
}

variable "job_names" {
  description = "Name of the Glue job of each script that runs on a schedule: where it does not succeed for long, tables are stale."
  type        = map(string)
}

variable "tables" {
  description = "Tables as zone.table, for the dashboard."
  type        = list(string)
}

variable "workgroups" {
  description = "Names of Athena's workgroups, for the dashboard."
  type        = list(string)
}

variable "output_log_groups" {
  description = "Log group of what each script prints."
  type        = map(string)
}

variable "logs_bucket" {
  description = "Bucket that the trail writes to."
  type        = string
}

variable "trail_name" {
  description = "Name of the trail; the bucket of logs lets in only that one."
  type        = string
}

variable "watched_prefixes" {
  description = "Beginnings of the ARNs of objects whose reading and writing the trail notes."
  type        = list(string)
}

variable "trail_job_reads" {
  description = "Whether the trail also notes what jobs read."
  type        = bool
}

variable "job_sessions" {
  description = "Beginnings of the ARNs of sessions of jobs' and optimizers' roles."
  type        = list(string)
}

variable "platform_key_arn" {
  description = "ARN of the platform's key."
  type        = string
}

variable "schedule_enabled" {
  description = "Whether runs start by themselves; without, stale tables alarm nobody."
  type        = bool
}

variable "freshness_hours" {
  description = "Hours after which a table whose job has not succeeded is stale."
  type        = number
}

variable "quarantine_limit" {
  description = "Records quarantined within a day that are too many."
  type        = number
}

variable "monthly_budget_usd" {
  description = "US dollars a month of the account, from which on people are told."
  type        = number
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}
