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
  description = "Days in which a deleted key or secret can be brought back."
  type        = number
}
