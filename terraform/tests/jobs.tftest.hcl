# What Glue is told to run, and what each job may touch. The whole policies are looked at, not single statements.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan

  override_resource {
    target          = module.keys.aws_secretsmanager_secret.certificate
    override_during = plan
    values          = { arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stedi-prod/certificate-key-000000" }
  }

  override_resource {
    target          = module.jobs.aws_iam_role.job["erase"]
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/stedi-prod-job-erase" }
  }
}

variables {
  environment = "prod"
  package_dir = "./tests/package"
}

run "jobs_are_the_scripts" {
  command = plan

  assert {
    condition     = toset(keys(module.jobs.job_names)) == toset(keys(var.jobs)) && length(var.jobs) == 8
    error_message = "There is a Glue job for each script, and no other."
  }

  assert {
    condition     = module.jobs.settings.glue_version == toset(["5.1"])
    error_message = "Jobs run on Glue 5.1."
  }

  assert {
    condition     = module.jobs.settings.max_concurrent_runs == toset([1]) && module.jobs.settings.job_run_queuing_enabled == toset([true])
    error_message = "A table has one writer at a time; others wait in the queue."
  }

  assert {
    condition     = module.jobs.settings.max_retries == toset([0]) && module.jobs.settings.timeout == toset([120])
    error_message = "The state machine tries again, not Glue; and no run goes on for ever."
  }

  assert {
    condition     = module.jobs.settings.security_configuration == toset(["stedi-prod-jobs"])
    error_message = "Jobs run with a security configuration."
  }
}

run "logs_are_where_alarms_look" {
  command = plan

  assert {
    condition     = module.jobs.output_log_groups["ingest_landing"] == "/stedi-prod/glue/stedi-prod-jobs-role/stedi-prod-job-ingest-landing/output"
    error_message = "Glue names groups of encrypted logs by prefix, security configuration and role."
  }

  assert {
    condition     = toset([for filter in module.observation.filters : filter.log_group if filter.name == "stedi-prod-refused"]) == toset(values(module.jobs.output_log_groups))
    error_message = "A refusal is seen in every job's log."
  }

  assert {
    condition     = [for filter in module.observation.filters : filter.log_group if filter.name == "stedi-prod-quarantined"] == [module.jobs.output_log_groups["ingest_landing"]]
    error_message = "What is quarantined stands in the log of ingest."
  }
}

run "arguments_are_those_of_the_profile" {
  command = plan

  assert {
    condition = alltrue([for arguments in module.jobs.default_arguments :
      toset(split(" --conf ", arguments["--conf"])) == toset([for key, value in var.spark_conf :
        "${key}=${replace(replace(value, "{warehouse_bucket}", "stedi-prod-warehouse-123456789012"), "{region}", "us-east-1")}"
      ])
    ])
    error_message = "--conf is the aws profile's, setting by setting."
  }

  assert {
    condition     = alltrue([for arguments in module.jobs.default_arguments : strcontains(arguments["--conf"], "spark.sql.catalog.stedi.warehouse=s3://stedi-prod-warehouse-123456789012/warehouse")])
    error_message = "The warehouse is the bucket that is made here."
  }

  assert {
    condition     = alltrue([for arguments in module.jobs.default_arguments : arguments["--datalake-formats"] == "iceberg"])
    error_message = "Glue brings Iceberg's jars."
  }

  assert {
    condition = alltrue([for arguments in module.jobs.default_arguments :
      arguments["--extra-py-files"] == "s3://stedi-prod-artefacts-123456789012/code/c0de/stedi.zip" &&
      arguments["--additional-python-modules"] == "s3://stedi-prod-artefacts-123456789012/dependencies/de95/dependencies.gluewheels.zip" &&
      arguments["--python-modules-installer-option"] == "--no-index"
    ])
    error_message = "Code and dependencies are what was packaged, by SHA-256, and nothing comes from an index."
  }

  assert {
    condition = alltrue([for arguments in module.jobs.default_arguments :
      arguments["--warehouse_bucket"] == output.warehouse_bucket && arguments["--drop_bucket"] == output.drop_bucket &&
      arguments["--artefacts_bucket"] == output.artefacts_bucket && arguments["--region"] == output.region &&
      arguments["--pseudonym_secret_arn"] == output.pseudonym_secret_arn
    ])
    error_message = "Scripts are told the settings that the CLI reads from the outputs."
  }

  assert {
    condition     = length([for value in flatten([for arguments in module.jobs.default_arguments : values(arguments)]) : value if strcontains(value, "{")]) == 0
    error_message = "Everything is filled in."
  }
}

run "no_wildcards" {
  command = plan

  assert {
    condition     = alltrue(flatten([for policy in module.jobs.policies : [for statement in policy.Statement : [for action in statement.Action : !strcontains(action, "*")]]]))
    error_message = "Every action is named."
  }

  assert {
    condition = alltrue(flatten([for policy in module.jobs.policies : [for statement in policy.Statement :
      !contains(statement.Resource, "*") || statement.Action == ["cloudwatch:PutMetricData"]
    ]]))
    error_message = "Every resource is named, but for metrics, which know none."
  }
}

run "a_job_reads_its_inputs_and_writes_its_output" {
  command = plan

  assert {
    condition = alltrue([for name, job in var.jobs :
      toset(flatten([for statement in module.jobs.policies[name].Statement : [for resource in statement.Resource : resource if endswith(resource, "/data/*")]
        if contains(statement.Action, "s3:GetObject")
        ])) == toset([for table in concat(job.reads, job.writes) :
        "arn:aws:s3:::stedi-prod-${contains(["landing", "trusted"], split(".", table)[0]) ? "warehouse" : "curated"}-123456789012/${replace(table, ".", "/")}/data/*"
      ])
      if !job.deletes
    ])
    error_message = "Rows that a job can read are those of its inputs and of its output."
  }

  assert {
    condition = alltrue([for name, job in var.jobs :
      toset(flatten([for statement in module.jobs.policies[name].Statement : [for resource in statement.Resource : resource if endswith(resource, "/data/*")]
        if contains(statement.Action, "s3:PutObject") || contains(statement.Action, "s3:DeleteObject")
        ])) == toset([for table in job.writes :
        "arn:aws:s3:::stedi-prod-${contains(["landing", "trusted"], split(".", table)[0]) ? "warehouse" : "curated"}-123456789012/${replace(table, ".", "/")}/data/*"
      ])
      if !job.deletes
    ])
    error_message = "Rows that a job can write or delete are those of its output."
  }

  assert {
    condition = alltrue([for name, job in var.jobs :
      toset(flatten([for statement in module.jobs.policies[name].Statement : [for resource in statement.Resource : resource if strcontains(resource, ":table/")]
        if contains(statement.Action, "glue:UpdateTable")
      ])) == toset([for table in job.writes : "arn:aws:glue:us-east-1:123456789012:table/${replace(table, ".", "/")}"])
    ])
    error_message = "A job commits to its output alone."
  }

  assert {
    condition     = toset(flatten([for name, policy in module.jobs.policies : [for statement in policy.Statement : [for resource in statement.Resource : name if strcontains(resource, "-drop-")]]])) == toset(["erase", "ingest_landing"])
    error_message = "Only ingest sees the drop folder, and the job that erases."
  }

  assert {
    condition     = toset([for name, policy in module.jobs.policies : name if contains(flatten([for statement in policy.Statement : statement.Action]), "glue:CreateTable")]) == toset(["ingest_landing"])
    error_message = "Only ingest makes tables."
  }

  assert {
    condition     = length([for name, policy in module.jobs.policies : name if contains(flatten([for statement in policy.Statement : statement.Action]), "glue:DeleteTable")]) == 0
    error_message = "No job drops a table."
  }
}

run "only_upkeep_deletes_for_good" {
  command = plan

  assert {
    condition = { for action in ["s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:ListBucketVersions"] : action => toset([
      for name, policy in module.jobs.policies : name if contains(flatten([for statement in policy.Statement : statement.Action if statement.Sid != "ReadErasures" && statement.Sid != "FindErasures"]), action)
    ]) } == { for action in ["s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:ListBucketVersions"] : action => toset(["erase", "maintain"]) }
    error_message = "No job of the lineage deletes, or reads, a version of a file."
  }

  assert {
    condition = toset(flatten([for statement in module.jobs.policies["maintain"].Statement : statement.Resource if contains(statement.Action, "s3:DeleteObjectVersion")])) == toset([
      "arn:aws:s3:::stedi-prod-warehouse-123456789012/landing/*", "arn:aws:s3:::stedi-prod-warehouse-123456789012/trusted/*",
      "arn:aws:s3:::stedi-prod-curated-123456789012/curated/*", "arn:aws:s3:::stedi-prod-curated-123456789012/quality/*",
    ])
    error_message = "Maintenance deletes files of tables, and nothing else."
  }

  assert {
    condition     = toset(flatten([for name, policy in module.jobs.policies : [for statement in policy.Statement : [for resource in statement.Resource : name if strcontains(resource, "-requests-") || strcontains(resource, "certificate-key")]]])) == toset(["erase"])
    error_message = "Lists of people, and the key of certificates, are the erasing job's alone."
  }

  assert {
    condition     = toset(flatten([for statement in module.jobs.policies["erase"].Statement : statement.Resource if contains(statement.Action, "glue:GetJobRuns")])) == toset([for name, job in var.jobs : "arn:aws:glue:us-east-1:123456789012:job/stedi-prod-${name}" if !job.erases])
    error_message = "It can see whether another job is at work."
  }

  assert {
    condition     = { for name, arguments in module.jobs.default_arguments : name => toset(split(",", arguments["--writers"])) if can(arguments["--writers"]) } == { erase = toset([for name, job in var.jobs : "stedi-prod-${name}" if !job.erases]) }
    error_message = "It is told whom to wait for."
  }

  assert {
    condition     = [for statement in module.jobs.certificate_secret_policy.Statement : [statement.Effect, statement.Principal, statement.Action, statement.Condition.ArnNotEquals["aws:PrincipalArn"]]] == [["Deny", "*", "secretsmanager:GetSecretValue", [module.jobs.role_arns["erase"]]]]
    error_message = "Nobody else signs, whatever IAM says."
  }

  assert {
    condition     = alltrue([for name, number in module.jobs.workers : number == (var.jobs[name].deletes ? 2 : 4)])
    error_message = "Upkeep is one machine's work."
  }
}
