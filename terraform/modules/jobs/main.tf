# A Glue job for each script of the lineage, and for those that may delete, with the settings that the aws profile has in
# code.

locals {
  conf = join(" --conf ", [for key, value in var.spark_conf : "${key}=${value}"])

  arguments = merge(
    {
      "--additional-python-modules"       = "s3://${aws_s3_object.artefact["dependencies"].bucket}/${aws_s3_object.artefact["dependencies"].key}"
      "--conf"                            = local.conf
      "--custom-logGroup-prefix"          = local.log_prefix
      "--datalake-formats"                = "iceberg"
      "--enable-auto-scaling"             = "true"
      "--enable-metrics"                  = "true"
      "--enable-observability-metrics"    = "true"
      "--extra-py-files"                  = "s3://${aws_s3_object.artefact["code"].bucket}/${aws_s3_object.artefact["code"].key}"
      "--job-language"                    = "python"
      "--python-modules-installer-option" = "--no-index"
    },
    { for name, value in var.settings : "--${name}" => value if value != "" },
  )

  # Of the job that erases: whom it waits for.
  own_arguments = { for name, job in var.jobs : name => {
    for argument, value in { "--writers" = join(",", [for other in keys(var.jobs) : "${var.prefix}-${other}" if other != name]) } :
    argument => value if job.erases
  } }

  # Glue puts the security configuration and the role between prefix and kind where logs are encrypted.
  log_prefix = "/${var.prefix}/glue"
  log_groups = merge([for kind in ["output", "error"] : { for name in keys(var.jobs) :
    "${name}/${kind}" => "${local.log_prefix}/${local.security}-role/${local.roles[name]}/${kind}"
  }]...)

  security = "${var.prefix}-jobs"
  roles    = { for name in keys(var.jobs) : name => "${var.prefix}-job-${replace(name, "_", "-")}" }
}

resource "aws_glue_security_configuration" "jobs" {
  name = local.security

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arns["platform"]
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arns["platform"]
    }

    # Buckets name the key of what is in them; Glue's own temporary files have the platform's.
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arns["platform"]
    }
  }
}

resource "aws_cloudwatch_log_group" "jobs" {
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arns["platform"]
}

resource "aws_glue_job" "script" {
  for_each = var.jobs

  name                    = "${var.prefix}-${each.key}"
  description             = each.value.doc
  role_arn                = aws_iam_role.job[each.key].arn
  glue_version            = "5.1"
  execution_class         = "STANDARD"
  worker_type             = var.worker.type
  number_of_workers       = each.value.deletes ? 2 : var.worker.number # upkeep is the driver's work; Glue starts two at least
  timeout                 = var.worker.timeout_minutes
  max_retries             = 0 # the state machine knows which failures may pass
  job_run_queuing_enabled = true
  security_configuration  = aws_glue_security_configuration.jobs.name
  default_arguments       = merge(local.arguments, local.own_arguments[each.key])

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${aws_s3_object.script[each.key].bucket}/${aws_s3_object.script[each.key].key}"
  }

  # One writer at a time: the next run waits in the queue.
  execution_property {
    max_concurrent_runs = 1
  }

  depends_on = [aws_iam_role_policy.job, aws_cloudwatch_log_group.jobs]
}
