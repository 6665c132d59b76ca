variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account."
  type        = string
}

variable "zones" {
  description = "Each zone's database, where its tables are, and the key that they are encrypted with."
  type = map(object({
    database    = string
    description = string
    location    = string
    bucket_arn  = string
    key_arn     = string
  }))
}

variable "tables" {
  description = "Tables by zone.table: zone, name, and how many days old snapshots stay readable."
  type = map(object({
    zone           = string
    name           = string
    retention_days = number
  }))
}

variable "tables_exist" {
  description = "Whether the tables were made by a first run; their maintenance can be set up only then."
  type        = bool
}

variable "orphan_days" {
  description = "Days after which a file that no snapshot knows is deleted."
  type        = number
}

variable "catalog_key_arn" {
  description = "ARN of the key that the catalog is encrypted with."
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

variable "manage_account_settings" {
  description = "Whether to set the catalog's encryption and Lake Formation's settings, which the account has only once."
  type        = bool
}

variable "lake_administrators" {
  description = "ARNs of those who may change Lake Formation's grants."
  type        = list(string)
}
