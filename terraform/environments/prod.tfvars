# The lake that people rely on: a run every night, a year of logs, nothing destroyed by accident.
environment        = "prod"
worker             = { type = "G.1X", number = 4, timeout_minutes = 120 }
schedule           = "cron(0 4 * * ? *)"
freshness_hours    = 26
monthly_budget_usd = 200
