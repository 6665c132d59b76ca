variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "partition" {
  description = "Partition of ARNs, such as aws."
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

variable "definitions_dir" {
  description = "Folder of state machines in Amazon States Language, written from the jobs' declarations."
  type        = string
}

variable "job_names" {
  description = "Name of the Glue job of each script of the lineage."
  type        = map(string)
}

variable "upkeep_job_names" {
  description = "Name of each Glue job that may delete: erase, maintain."
  type        = map(string)
}

variable "maintenance_days" {
  description = "Days from one maintenance to the next, at most."
  type        = number
}

variable "maintenance_hour" {
  description = "Hour of the day at which maintenance starts, UTC."
  type        = number
}

variable "schedule" {
  description = "When a run starts, as EventBridge Scheduler writes it; UTC."
  type        = string
}

variable "schedule_enabled" {
  description = "Whether runs start by themselves."
  type        = bool
}

variable "timeout_hours" {
  description = "Hours after which a run of all jobs is ended."
  type        = number
}

variable "alert_emails" {
  description = "Addresses that are told of failures; each has to confirm."
  type        = set(string)
}

variable "platform_key_arn" {
  description = "ARN of the platform's key."
  type        = string
}

variable "glue_arn" {
  description = "Beginning of the ARNs of Glue: arn:aws:glue:REGION:ACCOUNT."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}
