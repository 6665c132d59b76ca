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

variable "deletion_window_days" {
  description = "Days in which a deleted key can be brought back."
  type        = number
}

variable "recovery_window_days" {
  description = "Days in which a deleted secret can be brought back, and its name is taken; 0: it is gone at once."
  type        = number
}
