# The whole platform. Each module is one concern; modules/*/variables.tf say what it is told.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  glue_arn   = "arn:${local.partition}:glue:${var.region}:${local.account_id}"
  logs_arn   = "arn:${local.partition}:logs:${var.region}:${local.account_id}"
  athena_arn = "arn:${local.partition}:athena:${var.region}:${local.account_id}"

  trail_name = "${local.prefix}-data"
  trail_arn  = "arn:${local.partition}:cloudtrail:${var.region}:${local.account_id}:trail/${local.trail_name}"

  # Where the tables of each zone are, and under which key: personal data apart from curated tables.
  zone_settings = {
    landing = { bucket = "warehouse", key = "landing", description = "Everything delivered, as delivered. Personal data." }
    trusted = { bucket = "warehouse", key = "landing", description = "Those who agreed to share. Personal data." }
    curated = { bucket = "curated", key = "curated", description = "What analysts and data scientists work with." }
    quality = { bucket = "curated", key = "curated", description = "Verdicts of the suites." }
  }

  zones = { for zone, settings in local.zone_settings : zone => {
    database    = "${var.database_prefix}${zone}"
    description = settings.description
    location    = "s3://${module.storage.buckets[settings.bucket]}/${zone}"
    bucket_arn  = module.storage.arns[settings.bucket]
    key_arn     = module.keys.key_arns[settings.key]
  } }

  # Which zones people see, and whether with personal columns.
  roles = {
    engineer        = { zones = ["landing", "trusted", "curated", "quality"], personal = false }
    analyst         = { zones = ["trusted", "curated", "quality"], personal = false }
    data_scientist  = { zones = ["curated"], personal = false }
    privacy_officer = { zones = ["landing", "trusted", "curated", "quality"], personal = true }
  }

  # Which jobs are the lineage's, and which may delete.
  lineage = { for script, name in module.jobs.job_names : script => name if !var.jobs[script].deletes }
  upkeep  = { for script, name in module.jobs.job_names : script => name if var.jobs[script].deletes }

  # What scripts are told of the lake, under the names that the CLI reads (catalog/profiles/settings.py).
  settings = {
    region                 = var.region
    warehouse_bucket       = module.storage.buckets["warehouse"]
    drop_bucket            = module.storage.buckets["drop"]
    artefacts_bucket       = module.storage.buckets["artefacts"]
    requests_bucket        = module.storage.buckets["requests"]
    database_prefix        = var.database_prefix
    pseudonym_secret_arn   = module.keys.pseudonym_secret_arn
    certificate_secret_arn = module.keys.certificate_secret_arn
    withdrawal_days        = tostring(var.erasure_deadline_days)
    maintenance_days       = tostring(var.maintenance_days)
    noncurrent_days        = tostring(var.noncurrent_days)
  }

  spark_conf = { for key, value in var.spark_conf : key => replace(replace(value,
    "{warehouse_bucket}", module.storage.buckets["warehouse"]),
    "{region}", var.region
  ) }
}

module "keys" {
  source = "./modules/keys"

  prefix               = local.prefix
  partition            = local.partition
  region               = var.region
  account_id           = local.account_id
  deletion_window_days = var.deletion_window_days
  recovery_window_days = var.force_destroy ? 0 : var.deletion_window_days # else the names are taken for a week
}

module "storage" {
  source = "./modules/storage"

  prefix             = local.prefix
  partition          = local.partition
  account_id         = local.account_id
  key_arns           = module.keys.key_arns
  trail_arn          = local.trail_arn
  officer_role_arn   = "arn:${local.partition}:iam::${local.account_id}:role/${local.prefix}-privacy-officer"
  erasing_role_arn   = "arn:${local.partition}:iam::${local.account_id}:role/${local.prefix}-job-erase"
  drop_expiry_days   = var.drop_expiry_days
  noncurrent_days    = var.noncurrent_days
  result_expiry_days = var.result_expiry_days
  log_retention_days = var.log_retention_days
  force_destroy      = var.force_destroy
}

module "catalog" {
  source = "./modules/catalog"

  prefix                  = local.prefix
  account_id              = local.account_id
  zones                   = local.zones
  tables                  = var.tables
  tables_exist            = var.tables_exist
  orphan_days             = var.orphan_days
  catalog_key_arn         = module.keys.key_arns["platform"]
  glue_arn                = local.glue_arn
  logs_arn                = local.logs_arn
  manage_account_settings = var.manage_account_settings
  lake_administrators     = var.lake_administrators
}

module "jobs" {
  source = "./modules/jobs"

  prefix                 = local.prefix
  account_id             = local.account_id
  jobs                   = var.jobs
  tables                 = var.tables
  zones                  = local.zones
  spark_conf             = local.spark_conf
  settings               = local.settings
  worker                 = var.worker
  package_dir            = var.package_dir
  artefacts_bucket       = module.storage.buckets["artefacts"]
  artefacts_bucket_arn   = module.storage.arns["artefacts"]
  drop_bucket_arn        = module.storage.arns["drop"]
  key_arns               = module.keys.key_arns
  pseudonym_secret_arn   = module.keys.pseudonym_secret_arn
  certificate_secret_arn = module.keys.certificate_secret_arn
  requests_bucket_arn    = module.storage.arns["requests"]
  glue_arn               = local.glue_arn
  logs_arn               = local.logs_arn
  log_retention_days     = var.log_retention_days
}

module "orchestration" {
  source = "./modules/orchestration"

  prefix             = local.prefix
  partition          = local.partition
  region             = var.region
  account_id         = local.account_id
  definitions_dir    = path.module
  job_names          = local.lineage
  upkeep_job_names   = local.upkeep
  maintenance_days   = var.maintenance_days
  maintenance_hour   = var.maintenance_hour
  schedule           = var.schedule
  schedule_enabled   = var.schedule_enabled
  timeout_hours      = var.timeout_hours
  alert_emails       = var.alert_emails
  platform_key_arn   = module.keys.key_arns["platform"]
  glue_arn           = local.glue_arn
  log_retention_days = var.log_retention_days
}

module "query" {
  source = "./modules/query"

  prefix           = local.prefix
  account_id       = local.account_id
  queries_dir      = "${path.module}/../catalog/queries"
  zones_by_role    = { for role, may in local.roles : role => may.zones }
  databases        = module.catalog.databases
  database_prefix  = var.database_prefix
  results_bucket   = module.storage.buckets["results"]
  scan_limit_bytes = var.scan_limit_bytes
  platform_key_arn = module.keys.key_arns["platform"]
  athena_arn       = local.athena_arn
}

module "access" {
  source = "./modules/access"

  prefix                = local.prefix
  account_id            = local.account_id
  account_arn           = "arn:${local.partition}:iam::${local.account_id}:root"
  roles                 = local.roles
  zones                 = { for zone, settings in local.zones : zone => merge(settings, { database = module.catalog.databases[zone] }) }
  tables                = var.tables
  tables_exist          = var.tables_exist
  jobs                  = var.jobs
  job_role_arns         = module.jobs.role_arns
  lineage_job_names     = local.lineage
  requests_bucket_arn   = module.storage.arns["requests"]
  upkeep_machine_arns   = module.orchestration.upkeep_machine_arns
  maintenance_role_arns = module.catalog.maintenance_role_arns
  principals            = var.principals
  workgroup_arns        = module.query.workgroup_arns
  results_bucket_arn    = module.storage.arns["results"]
  artefacts_bucket_arn  = module.storage.arns["artefacts"]
  platform_key_arn      = module.keys.key_arns["platform"]
  state_machine_arn     = module.orchestration.state_machine_arn
  glue_arn              = local.glue_arn
  logs_arn              = local.logs_arn
}

module "observation" {
  source = "./modules/observation"

  prefix             = local.prefix
  region             = var.region
  account_id         = local.account_id
  topic_arn          = module.orchestration.topic_arn
  state_machine_arns = merge({ lineage = module.orchestration.state_machine_arn }, module.orchestration.upkeep_machine_arns)
  job_names          = { for script, name in module.jobs.job_names : script => name if !var.jobs[script].erases }
  tables             = keys(var.tables)
  workgroups         = values(module.query.workgroups)
  output_log_groups  = module.jobs.output_log_groups
  logs_bucket        = module.storage.buckets["logs"]
  trail_name         = local.trail_name
  trail_job_reads    = var.trail_job_reads
  job_sessions       = [for kind in ["job", "maintenance"] : "arn:${local.partition}:sts::${local.account_id}:assumed-role/${local.prefix}-${kind}-"]
  watched_prefixes   = [for purpose in ["drop", "warehouse", "curated", "requests"] : "${module.storage.arns[purpose]}/"]
  platform_key_arn   = module.keys.key_arns["platform"]
  schedule_enabled   = var.schedule_enabled
  freshness_hours    = var.freshness_hours
  quarantine_limit   = var.quarantine_limit
  monthly_budget_usd = var.monthly_budget_usd
  log_retention_days = var.log_retention_days
}
