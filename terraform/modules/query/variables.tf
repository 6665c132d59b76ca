variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account."
  type        = string
}

variable "queries_dir" {
  description = "Folder of the named queries, one a file; the first line says what it asks."
  type        = string
}

variable "databases" {
  description = "Name of each zone's database."
  type        = map(string)
}

variable "database_prefix" {
  description = "What the names of databases begin with."
  type        = string
}

variable "results_bucket" {
  description = "Bucket of results."
  type        = string
}

variable "scan_limit_bytes" {
  description = "A query that reads more bytes is cancelled; 10 MB at least."
  type        = number
}

variable "platform_key_arn" {
  description = "ARN of the key that results are encrypted with."
  type        = string
}

variable "zones_by_role" {
  description = "Zones that each role of people sees."
  type        = map(list(string))
}

variable "athena_arn" {
  description = "Beginning of the ARNs of Athena: arn:aws:athena:REGION:ACCOUNT."
  type        = string
}
