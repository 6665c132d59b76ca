variable "prefix" {
  description = "What names of this deployment begin with, such as stedi-prod."
  type        = string
}

variable "partition" {
  description = "Partition of ARNs, such as aws."
  type        = string
}

variable "account_id" {
  description = "Number of the AWS account; it makes names of buckets unique."
  type        = string
}

variable "key_arns" {
  description = "ARN of the key of each class of data: landing, curated, platform."
  type        = map(string)
}

variable "trail_arn" {
  description = "ARN of the trail that may write to the bucket of logs."
  type        = string
}

variable "officer_role_arn" {
  description = "ARN of the privacy officer's role, which alone writes lists of people to erase."
  type        = string
}

variable "erasing_role_arn" {
  description = "ARN of the role of the job that erases, which alone reads them."
  type        = string
}

variable "drop_expiry_days" {
  description = "Days after which a delivered file is deleted; its records are in the landing tables."
  type        = number
}

variable "noncurrent_days" {
  description = "Days after which the bytes of a deleted object are gone for good."
  type        = number
}

variable "result_expiry_days" {
  description = "Days after which results of queries are deleted."
  type        = number
}

variable "log_retention_days" {
  description = "Days that access logs and trails are kept."
  type        = number
}

variable "force_destroy" {
  description = "Whether buckets may be destroyed with what is in them."
  type        = bool
}
