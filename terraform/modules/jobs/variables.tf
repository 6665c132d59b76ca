variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account."
  type        = string
}

variable "jobs" {
  description = "What each script does, reads and writes, and whether it may delete or erase; see lineage.auto.tfvars.json."
  type = map(object({
    doc            = string
    deletes        = bool
    erases         = bool
    reads          = list(string)
    writes         = list(string)
    reads_drop     = bool
    creates_tables = bool
  }))
}

variable "tables" {
  description = "Tables by zone.table: their zone and name."
  type        = map(object({ zone = string, name = string }))
}

variable "zones" {
  description = "Each zone's database, the bucket of its tables and the key that they are encrypted with."
  type        = map(object({ database = string, bucket_arn = string, key_arn = string }))
}

variable "spark_conf" {
  description = "Spark's settings, as the aws profile has them."
  type        = map(string)
}

variable "settings" {
  description = "What scripts are told of the lake; each is an argument of that name."
  type        = map(string)
}

variable "worker" {
  description = "Glue's worker type, how many at most, and after how many minutes a run is ended."
  type        = object({ type = string, number = number, timeout_minutes = number })
}

variable "package_dir" {
  description = "Folder that `make package` built."
  type        = string
}

variable "artefacts_bucket" {
  description = "Bucket of code, dependencies and reports."
  type        = string
}

variable "artefacts_bucket_arn" {
  description = "ARN of that bucket."
  type        = string
}

variable "drop_bucket_arn" {
  description = "ARN of the bucket that devices and apps deliver to."
  type        = string
}

variable "key_arns" {
  description = "ARN of the key of each class of data: platform, pseudonym."
  type        = map(string)
}

variable "pseudonym_secret_arn" {
  description = "ARN of the secret that holds the pseudonym key."
  type        = string
}

variable "certificate_secret_arn" {
  description = "ARN of the secret that holds the key that signs certificates of erasures."
  type        = string
}

variable "requests_bucket_arn" {
  description = "ARN of the bucket of lists of people to erase."
  type        = string
}

variable "glue_arn" {
  description = "Beginning of the ARNs of the catalog: arn:aws:glue:REGION:ACCOUNT."
  type        = string
}

variable "logs_arn" {
  description = "Beginning of the ARNs of logs: arn:aws:logs:REGION:ACCOUNT."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}
