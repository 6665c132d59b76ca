# Where data is, under which key, and when its bytes are gone.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan

  override_resource {
    target          = module.keys.aws_kms_key.class["landing"]
    override_during = plan
    values          = { arn = "arn:aws:kms:us-east-1:123456789012:key/landing" }
  }

  override_resource {
    target          = module.keys.aws_kms_key.class["curated"]
    override_during = plan
    values          = { arn = "arn:aws:kms:us-east-1:123456789012:key/curated" }
  }
}

variables {
  environment = "prod"
  package_dir = "./tests/package"
}

run "every_bucket_is_closed" {
  command = plan

  assert {
    condition     = length(module.storage.settings) == 7
    error_message = "Drop, warehouse, curated, artefacts, results, requests and logs."
  }

  assert {
    condition     = alltrue([for bucket in module.storage.settings : bucket.blocked == [true, true, true, true]])
    error_message = "No bucket can be made public."
  }

  assert {
    condition     = alltrue([for bucket in module.storage.settings : bucket.ownership == "BucketOwnerEnforced"])
    error_message = "Objects belong to the bucket's owner; lists of access are off."
  }

  assert {
    condition     = alltrue([for bucket in module.storage.settings : bucket.versioning == "Enabled"])
    error_message = "What is overwritten or deleted by mistake can be brought back for a while."
  }

  assert {
    condition = alltrue([for bucket in module.storage.settings : length([for statement in jsondecode(bucket.policy).Statement : statement
      if statement.Effect == "Deny" && statement.Principal == "*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false" && length(statement.Resource) == 2
    ]) == 1])
    error_message = "Every bucket takes TLS only."
  }

  assert {
    condition     = alltrue([for purpose, bucket in module.storage.settings : bucket.logged_to == "stedi-prod-logs-123456789012" if purpose != "logs"])
    error_message = "Every access is logged."
  }
}

run "personal_data_has_its_own_key" {
  command = plan

  assert {
    condition = { for purpose, bucket in module.storage.settings : purpose => element(split("/", bucket.key), 1) if contains(["drop", "warehouse", "curated"], purpose) } == {
      drop = "landing", warehouse = "landing", curated = "curated"
    }
    error_message = "Deliveries, landing and trusted have the landing key; curated tables another."
  }

  assert {
    condition     = alltrue([for purpose, bucket in module.storage.settings : bucket.algorithm == "aws:kms" if purpose != "logs"])
    error_message = "All data is encrypted with keys of ours; S3 delivers access logs with its own only."
  }

  assert {
    condition     = alltrue([for key in module.keys.settings : key.enable_key_rotation])
    error_message = "Keys are rotated."
  }

  assert {
    condition     = module.catalog.locations == { for zone, bucket in { landing = "warehouse", trusted = "warehouse", curated = "curated", quality = "curated" } : zone => "s3://stedi-prod-${bucket}-123456789012/${zone}" }
    error_message = "Zones are where their key is."
  }
}

run "what_is_erased_is_gone_in_time" {
  command = plan

  assert {
    condition     = alltrue([for purpose, bucket in module.storage.settings : max(bucket.noncurrent_days...) < 30 if contains(["drop", "warehouse", "curated", "results"], purpose)])
    error_message = "Deleted bytes are gone before the erasure deadline."
  }

  assert {
    condition     = alltrue([for purpose in ["warehouse", "curated"] : module.storage.settings[purpose].expiry_days == []])
    error_message = "No rule expires files of Iceberg tables by age: a snapshot may need them."
  }

  assert {
    condition     = alltrue([for bucket in module.storage.settings : bucket.abort_days == [1]])
    error_message = "Uploads that were not completed are let go."
  }

  assert {
    condition     = { for identifier, table in module.catalog.maintained : identifier => table.retention_days } == { for identifier, table in var.tables : identifier => table.retention_days }
    error_message = "Snapshots expire as the tables' specs say."
  }

  assert {
    condition     = alltrue([for table in module.catalog.maintained : table.compaction && table.orphan_days == 3])
    error_message = "Every table is compacted, and files that no snapshot knows are deleted."
  }

  assert {
    condition     = module.catalog.maintained["trusted.customer_trusted"].location == "s3://stedi-prod-warehouse-123456789012/trusted/customer_trusted"
    error_message = "Orphans are looked for where the table is."
  }

  assert {
    condition     = module.storage.settings["drop"].expiry_days[0] + module.storage.settings["drop"].noncurrent_days[0] <= 30
    error_message = "A delivered file is gone before the deadline, too."
  }
}

run "only_the_privacy_officer_names_whom_to_erase" {
  command = plan

  assert {
    condition = { for statement in jsondecode(module.storage.settings["requests"].policy).Statement : statement.Sid => [statement.Effect, statement.Principal, statement.Action, statement.Resource, statement.Condition]
      if try(statement.Condition.ArnNotEquals, null) != null
      } == {
      OnlyThePrivacyOfficerWritesLists = ["Deny", "*", "s3:PutObject", "arn:aws:s3:::stedi-prod-requests-123456789012/people/*", { ArnNotEquals = { "aws:PrincipalArn" = ["arn:aws:iam::123456789012:role/stedi-prod-privacy-officer"] } }]
      OnlyTheJobReadsThem = ["Deny", "*", ["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::stedi-prod-requests-123456789012/people/*", { ArnNotEquals = { "aws:PrincipalArn" = [
        "arn:aws:iam::123456789012:role/stedi-prod-privacy-officer", "arn:aws:iam::123456789012:role/stedi-prod-job-erase",
      ] } }]
      OnlyTheJobWritesCertificates = ["Deny", "*", "s3:PutObject", "arn:aws:s3:::stedi-prod-requests-123456789012/certificates/*", { ArnNotEquals = { "aws:PrincipalArn" = ["arn:aws:iam::123456789012:role/stedi-prod-job-erase"] } }]
    }
    error_message = "Lists are written by the officer, read by the job, and certificates come from the job, whatever IAM says."
  }

  assert {
    condition     = module.storage.settings["requests"].expiry_days == [] && module.storage.settings["requests"].noncurrent_days == [1]
    error_message = "A list that nobody carried out is not forgotten; one that was removed is gone in a day."
  }
}

run "names_of_secrets_are_free_again_where_a_deployment_may_go" {
  command = plan

  variables {
    environment   = "dev"
    force_destroy = true
  }

  assert {
    condition     = module.keys.recovery_window_days == { certificate = 0, pseudonym = 0 }
    error_message = "A secret that can be brought back keeps its name: the next deployment of that name would fail."
  }
}

run "secrets_of_prod_can_be_brought_back" {
  command = plan

  assert {
    condition     = module.keys.recovery_window_days == { certificate = 30, pseudonym = 30 }
    error_message = "Without the key nobody can tell whose rows the training table holds."
  }
}
