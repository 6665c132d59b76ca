# Athena: a workgroup for each role, whose settings nobody can step around, and the questions that come back, by name.
# Results of one role are not in the reach of another.

locals {
  texts = { for file in fileset(var.queries_dir, "*.sql") : trimsuffix(file, ".sql") => file("${var.queries_dir}/${file}") }

  # Databases are named in queries as zones are; here they are behind the prefix.
  zone      = "/\\b(landing|trusted|curated|quality)\\./"
  zones_of  = { for name, text in local.texts : name => distinct(flatten(regexall("\\b(landing|trusted|curated|quality)\\.", text))) }
  questions = { for name, text in local.texts : name => var.database_prefix == "" ? text : replace(text, local.zone, "${var.database_prefix}$1.") }

  # A role finds the questions about zones that it sees.
  found = merge([for role, zones in var.zones_by_role : {
    for name in keys(local.texts) : "${role}/${name}" => { role = role, name = name }
    if length(setsubtract(local.zones_of[name], zones)) == 0
  }]...)
}

resource "aws_athena_workgroup" "role" {
  for_each = var.zones_by_role

  name          = "${var.prefix}-${replace(each.key, "_", "-")}"
  description   = "Queries on the lake by people who work as ${replace(each.key, "_", " ")}."
  state         = "ENABLED"
  force_destroy = true # the history of queries, not data

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_bytes

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${var.results_bucket}/${each.key}/"
      expected_bucket_owner = var.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.platform_key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "question" {
  for_each = local.found

  name        = replace(each.value.name, "_", " ")
  description = substr(trimprefix(split("\n", local.texts[each.value.name])[0], "-- "), 0, 1024)
  workgroup   = aws_athena_workgroup.role[each.value.role].name
  database    = var.databases["curated"]
  query       = local.questions[each.value.name]
}
