# A small lake that may be taken down. Nothing runs by itself.
environment             = "dev"
database_prefix         = "dev_"
worker                  = { type = "G.1X", number = 2, timeout_minutes = 60 }
schedule_enabled        = false
timeout_hours           = 3
force_destroy           = true
deletion_window_days    = 7
drop_expiry_days        = 7
noncurrent_days         = 1
log_retention_days      = 30
scan_limit_bytes        = 10000000000
monthly_budget_usd      = 50
manage_account_settings = false # prod's, in the same account
