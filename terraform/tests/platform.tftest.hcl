# Orchestration, queries, alarms, and what the CLI reads.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "prod"
  package_dir = "./tests/package"
}

run "the_state_machine_runs_every_job_and_tells_people" {
  command = plan

  assert {
    condition = toset([for state in values(module.orchestration.definition.States) : state.Parameters.JobName
      if try(endswith(state.Resource, ":glue:startJobRun.sync"), false)
    ]) == toset([for script, name in module.jobs.job_names : name if !var.jobs[script].deletes])
    error_message = "The state machine starts the jobs that are made here."
  }

  assert {
    condition     = module.orchestration.definition.States["tell people"].Parameters.TopicArn == module.orchestration.topic_arn
    error_message = "Failures go to the topic."
  }

  assert {
    condition     = module.orchestration.definition.TimeoutSeconds == 28800
    error_message = "A run is ended after the hours that were set."
  }

  assert {
    condition     = toset(flatten([for statement in module.orchestration.policies["lineage"].Statement : statement.Resource if contains(statement.Action, "glue:StartJobRun")])) == toset([for script, name in module.jobs.job_names : "arn:aws:glue:us-east-1:123456789012:job/${name}" if !var.jobs[script].deletes])
    error_message = "The state machine may start these jobs, and no others."
  }
}

run "jobs_that_delete_wait_for_the_lineage" {
  command = plan

  assert {
    condition = alltrue([for job in ["erase", "maintain"] :
      toset([for state in values(module.orchestration.upkeep_definitions[job].States) : state.Parameters.JobName
        if try(endswith(state.Resource, ":glue:startJobRun.sync"), false)
      ]) == toset(["stedi-prod-${job}"])
    ])
    error_message = "Each has a state machine of its own."
  }

  assert {
    condition = alltrue([for definition in module.orchestration.upkeep_definitions :
      definition.States[definition.StartAt].Parameters.StateMachineArn == "arn:aws:states:us-east-1:123456789012:stateMachine:stedi-prod" &&
      definition.States[definition.StartAt].Resource == "arn:aws:states:::aws-sdk:sfn:listExecutions"
    ])
    error_message = "It begins by looking for runs of the lineage."
  }

  assert {
    condition = { for job in ["erase", "maintain"] : job => {
      for action in ["glue:StartJobRun", "states:ListExecutions"] : action => flatten([
        for statement in module.orchestration.policies[job].Statement : statement.Resource if contains(statement.Action, action)
      ]) } } == { for job in ["erase", "maintain"] : job => {
      "glue:StartJobRun"      = ["arn:aws:glue:us-east-1:123456789012:job/stedi-prod-${job}"]
      "states:ListExecutions" = ["arn:aws:states:us-east-1:123456789012:stateMachine:stedi-prod"]
    } }
    error_message = "It may start its job and no other, and see the lineage's executions."
  }

  assert {
    condition     = module.orchestration.schedules == { lineage = "cron(0 4 * * ? *)", maintain = "cron(0 14 1/1 * ? *)" }
    error_message = "Maintenance comes every day, hours after the lineage."
  }
}

run "maintenance_comes_as_often_as_the_deadline_needs" {
  command         = plan
  expect_failures = [var.tables]

  variables {
    maintenance_days = 2
  }
}

run "withdrawn_rows_leave_the_buckets_in_time" {
  command         = plan
  expect_failures = [var.tables]

  variables {
    noncurrent_days = 8
  }
}

run "shorter_links_make_room_for_longer_ones" {
  command = plan

  variables {
    maintenance_days = 7
    noncurrent_days  = 1
  }

  assert {
    condition     = module.orchestration.schedules.maintain == "cron(0 14 1/7 * ? *)"
    error_message = "The schedule is what the deadline was reckoned with."
  }

  assert {
    condition     = alltrue([for arguments in module.jobs.default_arguments : [arguments["--withdrawal_days"], arguments["--maintenance_days"], arguments["--noncurrent_days"]] == ["30", "7", "1"]])
    error_message = "So are the arguments of the jobs."
  }
}

run "athena_cannot_be_stepped_around" {
  command = plan

  assert {
    condition     = alltrue([for workgroup in module.query.settings : workgroup.enforced && workgroup.encryption == "SSE_KMS" && workgroup.engine == "Athena engine version 3"])
    error_message = "The workgroup's settings come before the client's: place, encryption, engine."
  }

  assert {
    condition     = alltrue([for workgroup in module.query.settings : workgroup.scan_limit == 100000000000])
    error_message = "A query has a limit of bytes."
  }

  assert {
    condition     = toset([for name in module.query.questions : split("/", name)[1] if startswith(name, "data_scientist/")]) == toset(["training_set_at", "training_set_changes"])
    error_message = "Roles find the questions about zones that they see."
  }

  assert {
    condition     = length([for name in module.query.questions : name if startswith(name, "engineer/")]) == length(fileset("../catalog/queries", "*.sql"))
    error_message = "All named queries are there."
  }
}

run "databases_of_an_account_with_two_lakes" {
  command = plan

  variables {
    environment     = "dev"
    database_prefix = "dev_"
  }

  assert {
    condition     = module.catalog.databases == { for zone in ["landing", "trusted", "curated", "quality"] : zone => "dev_${zone}" }
    error_message = "Databases are behind the prefix."
  }

  assert {
    condition     = strcontains(module.query.texts["engineer/zone_counts"], "FROM dev_landing.customer_landing") && !can(regex("[^_]landing\\.customer_landing", module.query.texts["engineer/zone_counts"]))
    error_message = "Named queries ask the prefixed databases."
  }
}

run "alarms_for_what_goes_wrong" {
  command = plan

  assert {
    condition = toset(module.observation.alarms) == toset(concat(
      ["stedi-prod-failed-run", "stedi-prod-quarantine", "stedi-prod-red-verdict"],
      [for name, job in var.jobs : "stedi-prod-stale-${replace(name, "_", "-")}" if !job.erases],
    ))
    error_message = "A failed run, a red verdict, a full quarantine, and each job that has not succeeded for too long."
  }

  assert {
    condition = module.observation.watched == {
      "what is written and deleted" = { where = tolist([for purpose in ["drop", "warehouse", "curated", "requests"] : "arn:aws:s3:::stedi-prod-${purpose}-123456789012/"]), reading = "false", but = [] }
      "what is read" = { where = tolist([for purpose in ["drop", "warehouse", "curated", "requests"] : "arn:aws:s3:::stedi-prod-${purpose}-123456789012/"]), reading = "true", but = [
        "arn:aws:sts::123456789012:assumed-role/stedi-prod-job-", "arn:aws:sts::123456789012:assumed-role/stedi-prod-maintenance-",
      ] }
    }
    error_message = "The trail notes who opens personal data."
  }
}

run "the_cli_finds_its_settings" {
  command = plan

  assert {
    condition = [output.region, output.warehouse_bucket, output.drop_bucket, output.artefacts_bucket, output.athena_results_bucket, output.athena_workgroup, output.database_prefix] == [
      "us-east-1", "stedi-prod-warehouse-123456789012", "stedi-prod-drop-123456789012", "stedi-prod-artefacts-123456789012", "stedi-prod-results-123456789012", "stedi-prod-engineer", "",
    ]
    error_message = "Outputs are named and filled as the CLI reads them."
  }
}

run "buckets_of_prod_are_not_emptied" {
  command         = plan
  expect_failures = [var.force_destroy]

  variables {
    force_destroy = true
  }
}

run "versions_do_not_outlive_the_deadline" {
  command         = plan
  expect_failures = [var.noncurrent_days]

  variables {
    noncurrent_days = 30
  }
}

run "snapshots_do_not_outlive_the_deadline" {
  command         = plan
  expect_failures = [var.tables]

  variables {
    erasure_deadline_days = 29
  }
}

run "principals_are_named" {
  command         = plan
  expect_failures = [var.principals]

  variables {
    principals = { analyst = ["*"] }
  }
}
