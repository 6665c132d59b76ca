# Every variable that a deployment can set, with a value that makes sense.
name                    = "stedi"
environment             = "prod"
region                  = "eu-central-1"
database_prefix         = ""
package_dir             = "../build/package"
tags                    = { owner = "data-platform", cost_centre = "research" }
erasure_deadline_days   = 30
noncurrent_days         = 7
drop_expiry_days        = 14
maintenance_days        = 1
maintenance_hour        = 14
result_expiry_days      = 7
orphan_days             = 3
deletion_window_days    = 30
force_destroy           = false
manage_account_settings = true
tables_exist            = true
worker                  = { type = "G.2X", number = 10, timeout_minutes = 180 }
schedule                = "cron(0 */6 * * ? *)"
schedule_enabled        = true
timeout_hours           = 6
scan_limit_bytes        = 1000000000000
freshness_hours         = 8
trail_job_reads         = false
quarantine_limit        = 500
monthly_budget_usd      = 1500
log_retention_days      = 731
alert_emails            = ["data-platform@example.com"]
lake_administrators     = ["arn:aws:iam::123456789012:role/deploy-stedi"]

principals = {
  engineer        = ["arn:aws:iam::123456789012:role/sso-engineers"]
  analyst         = ["arn:aws:iam::123456789012:role/sso-analysts"]
  data_scientist  = ["arn:aws:iam::123456789012:role/sso-data-scientists"]
  privacy_officer = ["arn:aws:iam::123456789012:role/sso-privacy"]
}
