variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account."
  type        = string
}

variable "account_arn" {
  description = "ARN of the account itself."
  type        = string
}

variable "zones" {
  description = "Each zone's database, the bucket of its tables and the key that they are encrypted with."
  type        = map(object({ database = string, bucket_arn = string, key_arn = string }))
}

variable "tables" {
  description = "Tables by zone.table: zone, name and the columns that hold personal data."
  type        = map(object({ zone = string, name = string, personal_columns = list(string) }))
}

variable "tables_exist" {
  description = "Whether the tables were made by a first run; rights to single tables can be given only then."
  type        = bool
}

variable "jobs" {
  description = "What each script writes."
  type        = map(object({ writes = list(string), creates_tables = bool }))
}

variable "job_role_arns" {
  description = "ARN of each job's role."
  type        = map(string)
}

variable "lineage_job_names" {
  description = "Name of the Glue job of each script of the lineage."
  type        = map(string)
}

variable "requests_bucket_arn" {
  description = "ARN of the bucket of lists of people to erase."
  type        = string
}

variable "upkeep_machine_arns" {
  description = "ARN of the state machine of each job that may delete: erase, maintain."
  type        = map(string)
}

variable "maintenance_role_arns" {
  description = "ARN of the role that maintains each zone's tables."
  type        = map(string)
}

variable "principals" {
  description = "Who may take on each role of people: ARNs of IAM principals."
  type = object({
    engineer        = list(string)
    analyst         = list(string)
    data_scientist  = list(string)
    privacy_officer = list(string)
  })
}

variable "roles" {
  description = "Roles of people: the zones that each sees, and whether with personal columns."
  type        = map(object({ zones = list(string), personal = bool }))
}

variable "workgroup_arns" {
  description = "ARN of each role's workgroup of Athena."
  type        = map(string)
}

variable "results_bucket_arn" {
  description = "ARN of the bucket of results."
  type        = string
}

variable "artefacts_bucket_arn" {
  description = "ARN of the bucket that reports are in."
  type        = string
}

variable "platform_key_arn" {
  description = "ARN of the platform's key."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs the jobs."
  type        = string
}

variable "glue_arn" {
  description = "Beginning of the ARNs of Glue: arn:aws:glue:REGION:ACCOUNT."
  type        = string
}

variable "logs_arn" {
  description = "Beginning of the ARNs of logs: arn:aws:logs:REGION:ACCOUNT."
  type        = string
}
