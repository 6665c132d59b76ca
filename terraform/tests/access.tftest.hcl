# Who sees what. Lake Formation's grants decide about rows and columns; IAM must not lead around them.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan

  override_resource {
    target          = module.orchestration.aws_sfn_state_machine.upkeep["erase"]
    override_during = plan
    values          = { arn = "arn:aws:states:us-east-1:123456789012:stateMachine:stedi-prod-erase" }
  }

  override_resource {
    target          = module.orchestration.aws_sfn_state_machine.upkeep["maintain"]
    override_during = plan
    values          = { arn = "arn:aws:states:us-east-1:123456789012:stateMachine:stedi-prod-maintain" }
  }
}

variables {
  environment = "prod"
  package_dir = "./tests/package"
}

run "iam_leads_nobody_around_lake_formation" {
  command = plan

  assert {
    condition = alltrue(flatten([for policy in module.access.policies : [for statement in policy.Statement : [for resource in statement.Resource :
      !strcontains(resource, "-warehouse-") && !strcontains(resource, "-curated-") && !strcontains(resource, "-drop-")
    ]]]))
    error_message = "No role of people has a right to files of tables or deliveries."
  }

  assert {
    condition     = alltrue(flatten([for policy in module.access.policies : [for statement in policy.Statement : [for action in statement.Action : !strcontains(action, "*")]]]))
    error_message = "Every action is named."
  }

  assert {
    condition = alltrue(flatten([for policy in module.access.policies : [for statement in policy.Statement :
      !contains(statement.Resource, "*") || statement.Action == ["lakeformation:GetDataAccess"]
    ]]))
    error_message = "Every resource is named, but for Lake Formation's door, which knows none."
  }

  assert {
    condition = alltrue(flatten([for role, policy in module.access.policies : [for statement in policy.Statement : [for resource in statement.Resource :
      !strcontains(resource, "-results-") || endswith(resource, "-results-123456789012") || endswith(resource, "-results-123456789012/${role}/*")
    ]]]))
    error_message = "Results of a role's queries are its own: others may not see what is in them."
  }

  assert {
    condition     = length([for policy in module.access.policies : policy if contains(flatten([for statement in policy.Statement : statement.Action]), "secretsmanager:GetSecretValue")]) == 0
    error_message = "No role of people can read the pseudonym key."
  }
}

# Athena's VACUUM would delete files that a tag or branch still needs: its Iceberg is older than the fix of expiry where
# there are several of them. OPTIMIZE, VACUUM, INSERT, UPDATE, DELETE, MERGE and DDL all commit with the caller's rights.
run "who_may_query_may_not_write" {
  command = plan

  assert {
    condition = alltrue(flatten([for policy in module.access.policies : [for statement in policy.Statement : [for action in statement.Action :
      !startswith(action, "glue:") || can(regex("^glue:(Get[A-Za-z]+|StartJobRun)$", action))
    ]]]))
    error_message = "No role of people can commit to a table, make or drop one: of Glue it may look, and engineers start jobs."
  }

  assert {
    condition = alltrue(flatten([for role, policy in module.access.policies : [for statement in policy.Statement : [for resource in statement.Resource :
      contains(["arn:aws:s3:::stedi-prod-results-123456789012/${role}/*", "arn:aws:s3:::stedi-prod-requests-123456789012/people/*"], resource)
      ] if length(setintersection(statement.Action, ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"])) > 0
    ]]))
    error_message = "Nor write or delete a file but results of its queries, and lists of people to erase."
  }

  assert {
    condition     = module.access.rights_of_people == toset(["DESCRIBE", "SELECT"])
    error_message = "Lake Formation hands out no right to write either."
  }

  assert {
    condition     = alltrue([for trust in values(module.jobs.trust) : [for statement in trust.Statement : statement.Principal] == [{ Service = "glue.amazonaws.com" }]])
    error_message = "A role that may write is taken on by Glue, and by nobody who queries."
  }

  assert {
    condition     = !contains(flatten([for policy in module.access.policies : [for statement in policy.Statement : statement.Action]]), "iam:PassRole")
    error_message = "Nobody hands a job's role to something of their own."
  }
}

run "only_jobs_read_the_pseudonym_key" {
  command = plan

  assert {
    condition = [for statement in module.jobs.secret_policy.Statement : [statement.Effect, statement.Principal, statement.Action, statement.Condition.ArnNotEquals["aws:PrincipalArn"]]] == [
      ["Deny", "*", "secretsmanager:GetSecretValue", [for name in sort(keys(var.jobs)) : module.jobs.role_arns[name]]]
    ]
    error_message = "Whatever else IAM says, the key is denied to all but the jobs' roles."
  }
}

run "scientists_see_curated_without_personal_columns" {
  command = plan

  assert {
    condition     = toset([for grant in module.access.grants : split(".", grant.table)[0] if grant.role == "data_scientist"]) == toset(["curated"])
    error_message = "Data scientists select from curated tables only."
  }

  assert {
    condition = alltrue([for resource in flatten([for statement in module.access.policies["data_scientist"].Statement : statement.Resource]) :
      !strcontains(resource, "/landing") && !strcontains(resource, "/trusted") && !strcontains(resource, "/quality")
    ])
    error_message = "Data scientists do not even see entries of other zones."
  }

  assert {
    condition = alltrue([for grant in module.access.grants :
      grant.filtered == (length(var.tables[grant.table].personal_columns) > 0) if grant.role != "privacy_officer"
    ])
    error_message = "Where a table has personal columns, nobody but the privacy officer gets it whole."
  }

  assert {
    condition     = toset([for grant in module.access.grants : grant.table if grant.role == "privacy_officer" && !grant.filtered]) == toset(keys(var.tables))
    error_message = "The privacy officer sees everything."
  }

  assert {
    condition = module.access.filters["curated.customer_curated"] == tolist(["customername", "email", "phone", "birthday", "serialnumber", "person", "device"]) && toset(keys(module.access.filters)) == toset([
      for identifier, table in var.tables : identifier if length(table.personal_columns) > 0
    ])
    error_message = "Filters leave out the columns that specs call personal."
  }
}

run "before_the_first_run_no_table_is_named" {
  command = plan

  variables {
    tables_exist = false
  }

  assert {
    condition     = length(module.access.grants) == 0 && length(module.catalog.maintained) == 0
    error_message = "Rights to single tables, and their maintenance, wait for the tables."
  }
}

run "nobody_takes_on_a_role_by_default" {
  command = plan

  assert {
    condition     = alltrue([for policy in module.access.trust : policy.Statement[0].Effect == "Deny"])
    error_message = "A role that nobody is named for lets in nobody."
  }
}

run "those_who_are_named_take_on_their_role" {
  command = plan

  variables {
    principals = { analyst = ["arn:aws:iam::123456789012:role/sso-analysts"] }
  }

  assert {
    condition     = module.access.trust["analyst"].Statement[0].Principal.AWS == ["arn:aws:iam::123456789012:role/sso-analysts"] && module.access.trust["engineer"].Statement[0].Effect == "Deny"
    error_message = "Naming somebody for one role does not open another."
  }
}

run "only_the_privacy_officer_erases" {
  command = plan

  assert {
    condition = toset([for role, policy in module.access.policies : role if length([for resource in flatten([for statement in policy.Statement : statement.Resource]) :
      resource if strcontains(resource, "-requests-") || endswith(resource, "-erase") || strcontains(resource, "-erase:")
    ]) > 0]) == toset(["privacy_officer"])
    error_message = "Lists of people, certificates and the state machine that erases are the privacy officer's."
  }

  assert {
    condition     = !contains(flatten([for statement in module.access.policies["privacy_officer"].Statement : statement.Action]), "glue:StartJobRun")
    error_message = "A job's arguments are logged, so nobody can name people in them."
  }

  assert {
    condition     = !contains(flatten([for statement in module.access.policies["engineer"].Statement : statement.Resource if contains(statement.Action, "glue:StartJobRun")]), "arn:aws:glue:us-east-1:123456789012:job/stedi-prod-erase")
    error_message = "Engineers start the lineage's jobs."
  }
}
