# What a deployment decides. Defaults are for production; environments/*.tfvars say what differs.

variable "name" {
  description = "What names of resources begin with."
  type        = string
  default     = "stedi"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,14}$", var.name))
    error_message = "Use 2 to 15 lower-case letters, digits and hyphens: bucket names hold it."
  }
}

variable "environment" {
  description = "Which deployment this is; the second part of names."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "It is dev or prod."
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "That is no region, such as us-east-1."
  }
}

variable "database_prefix" {
  description = "What the names of the zones' databases begin with, where an account holds more than one lake."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9_]{0,30}_)?$", var.database_prefix))
    error_message = "Empty, or lower-case letters, digits and underscores that end with an underscore."
  }
}

variable "tags" {
  description = "Tags of every resource, besides application, environment and managed_by."
  type        = map(string)
  default     = {}
}

variable "package_dir" {
  description = "Folder that `make package` built."
  type        = string
  default     = "../build/package"
}

# --- data protection ------------------------------------------------------------------------------------------------

variable "erasure_deadline_days" {
  description = "Days within which the bytes of erased data must be gone."
  type        = number
  default     = 30

  validation {
    condition     = var.erasure_deadline_days >= 1 && var.erasure_deadline_days <= 30
    error_message = "Between 1 and 30: the law gives a month."
  }
}

variable "noncurrent_days" {
  description = "Days after which the bytes of a deleted object are gone for good."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days < var.erasure_deadline_days
    error_message = "At least one day, and fewer than erasure_deadline_days: what is erased must be gone by then."
  }
}

variable "maintenance_days" {
  description = "Days from one maintenance of the tables to the next, at most."
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 7], var.maintenance_days)
    error_message = "A whole number of days between 1 and 7."
  }
}

variable "maintenance_hour" {
  description = "Hour of the day at which maintenance starts, UTC: when the lineage has ended. It waits for it, if need be."
  type        = number
  default     = 14

  validation {
    condition     = contains(range(24), var.maintenance_hour)
    error_message = "A whole number between 0 and 23."
  }
}

variable "drop_expiry_days" {
  description = "Days after which a delivered file is deleted; its records are in the landing tables."
  type        = number
  default     = 14

  validation {
    condition     = var.drop_expiry_days >= 1 && var.drop_expiry_days + var.noncurrent_days <= var.erasure_deadline_days
    error_message = "With noncurrent_days it must not be more than erasure_deadline_days."
  }
}

variable "result_expiry_days" {
  description = "Days after which results of queries are deleted."
  type        = number
  default     = 7

  validation {
    condition     = var.result_expiry_days >= 1 && var.result_expiry_days < var.erasure_deadline_days
    error_message = "At least one day, and fewer than erasure_deadline_days: results can hold personal data."
  }
}

variable "orphan_days" {
  description = "Days after which a file that no snapshot knows is deleted."
  type        = number
  default     = 3

  validation {
    condition     = var.orphan_days >= 1 && var.orphan_days + var.noncurrent_days <= var.erasure_deadline_days
    error_message = "At least one day, and with noncurrent_days not more than erasure_deadline_days."
  }
}

variable "deletion_window_days" {
  description = "Days in which a deleted key or secret can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "KMS takes 7 to 30."
  }
}

variable "force_destroy" {
  description = "Whether buckets may be destroyed with what is in them; never in prod."
  type        = bool
  default     = false

  validation {
    condition     = !(var.force_destroy && var.environment == "prod")
    error_message = "Buckets of prod are not destroyed with what is in them."
  }
}

# --- people ---------------------------------------------------------------------------------------------------------

variable "principals" {
  description = "Who may take on each role of people: ARNs of IAM principals, such as those of single sign-on."
  type = object({
    engineer        = optional(list(string), [])
    analyst         = optional(list(string), [])
    data_scientist  = optional(list(string), [])
    privacy_officer = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = alltrue([for arn in flatten(values(var.principals)) : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:.+$", arn))])
    error_message = "Each is an ARN of IAM; a star is none."
  }
}

variable "lake_administrators" {
  description = "ARNs of those who may change Lake Formation's grants; the one who applies this must be among them."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.lake_administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "Each is the ARN of a role or user."
  }
}

variable "alert_emails" {
  description = "Addresses that are told of failures and alarms; each has to confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Each is an e-mail address."
  }
}

variable "manage_account_settings" {
  description = "Whether to set what the account has only once: the catalog's encryption, and Lake Formation's settings."
  type        = bool
  default     = true
}

# --- running --------------------------------------------------------------------------------------------------------

variable "tables_exist" {
  description = "Whether a first run made the tables. Their maintenance, and rights to each of them, need them to be there."
  type        = bool
  default     = true
}

variable "worker" {
  description = "Glue's worker type, how many at most, and after how many minutes a run is ended."
  type        = object({ type = string, number = number, timeout_minutes = number })
  default     = { type = "G.1X", number = 4, timeout_minutes = 120 }

  validation {
    condition     = contains(["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"], var.worker.type) && var.worker.number >= 2 && var.worker.number <= 100
    error_message = "The type is G.1X to G.16X, or R.1X to R.8X (more memory), the number between 2 and 100."
  }

  validation {
    condition     = var.worker.timeout_minutes >= 10 && var.worker.timeout_minutes <= 1440
    error_message = "Between 10 minutes and a day."
  }
}

variable "schedule" {
  description = "When a run starts, as EventBridge Scheduler writes it; UTC."
  type        = string
  default     = "cron(0 4 * * ? *)"

  validation {
    condition     = can(regex("^(cron|rate)\\(.+\\)$", var.schedule))
    error_message = "It is cron(…) or rate(…)."
  }
}

variable "schedule_enabled" {
  description = "Whether runs start by themselves."
  type        = bool
  default     = true
}

variable "timeout_hours" {
  description = "Hours after which a run of all jobs is ended."
  type        = number
  default     = 8

  validation {
    condition     = var.timeout_hours >= 1 && var.timeout_hours <= 24
    error_message = "Between 1 and 24."
  }
}

variable "scan_limit_bytes" {
  description = "A query of Athena that reads more bytes is cancelled."
  type        = number
  default     = 100000000000

  validation {
    condition     = var.scan_limit_bytes >= 10485760
    error_message = "Athena takes 10485760 (10 MB) at least."
  }
}

# --- observation ----------------------------------------------------------------------------------------------------

variable "freshness_hours" {
  description = "Hours after which a table whose job has not succeeded is stale."
  type        = number
  default     = 26

  validation {
    condition     = var.freshness_hours >= 1 && var.freshness_hours <= 168
    error_message = "Between 1 and 168: alarms look back a week at most."
  }
}

variable "trail_job_reads" {
  description = "Whether the trail also notes each part of a file that jobs and optimizers read; see what it costs in README.md."
  type        = bool
  default     = false
}

variable "quarantine_limit" {
  description = "Records quarantined within a day that are too many."
  type        = number
  default     = 1000
}

variable "monthly_budget_usd" {
  description = "US dollars a month of the account, from which on people are told."
  type        = number
  default     = 200

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "More than nothing."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_retention_days)
    error_message = "CloudWatch takes 30, 60, 90, 180, 365, 400 or 731."
  }
}

# --- from the declarations in jobs/ and catalog/: lineage.auto.tfvars.json, written by `make declarations` -------------

variable "tables" {
  description = "Tables by zone.table, from their specs."
  type = map(object({
    doc              = string
    zone             = string
    name             = string
    personal_columns = list(string)
    retention_days   = number
  }))

  validation {
    condition     = alltrue([for table in var.tables : contains(["landing", "trusted", "curated", "quality"], table.zone)])
    error_message = "Each table is in one of the four zones."
  }

  validation {
    condition     = alltrue([for table in var.tables : table.retention_days <= var.erasure_deadline_days])
    error_message = "A snapshot that is kept longer than erasure_deadline_days would keep erased rows."
  }

  # Rows that a withdrawal takes away: by then their snapshot has expired, maintenance has come round, and S3, which counts
  # in whole days from the next midnight, has let go of the version. Landing keeps what it was sent.
  validation {
    condition = alltrue([for table in var.tables :
      table.retention_days + var.maintenance_days + var.noncurrent_days + 1 <= var.erasure_deadline_days if contains(["trusted", "curated"], table.zone)
    ])
    error_message = "retention_days of trusted and curated tables, maintenance_days, noncurrent_days and a day of S3's own must not be more than erasure_deadline_days together."
  }
}

variable "jobs" {
  description = "Scripts by name: what each does, the tables whose rows it reads and writes, whether it may delete or erase."
  type = map(object({
    doc            = string
    deletes        = bool
    erases         = bool
    reads          = list(string)
    writes         = list(string)
    reads_drop     = bool
    creates_tables = bool
  }))

  validation {
    condition     = alltrue(flatten([for job in var.jobs : [for table in concat(job.reads, job.writes) : contains(keys(var.tables), table)]]))
    error_message = "Jobs read and write tables that are there."
  }
}

variable "spark_conf" {
  description = "Spark's settings of the aws profile; {warehouse_bucket} and {region} are filled in."
  type        = map(string)
}
