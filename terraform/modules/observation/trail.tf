# Who opened which file with personal data: the drop folder, landing and trusted tables, and curated ones.

resource "aws_cloudtrail" "data" {
  #checkov:skip=CKV_AWS_67:the buckets are in one region; a trail of the account is not this platform's to make
  #checkov:skip=CKV_AWS_252:nothing waits for each log file
  #checkov:skip=CKV2_AWS_10:data events are kept for questions, in S3; alarms look at jobs
  name                          = var.trail_name
  s3_bucket_name                = var.logs_bucket
  s3_key_prefix                 = "trail"
  kms_key_id                    = var.platform_key_arn
  enable_log_file_validation    = true
  include_global_service_events = false
  is_multi_region_trail         = false

  dynamic "advanced_event_selector" {
    for_each = local.watched

    content {
      name = advanced_event_selector.key

      field_selector {
        field  = "eventCategory"
        equals = ["Data"]
      }

      field_selector {
        field  = "resources.type"
        equals = ["AWS::S3::Object"]
      }

      field_selector {
        field       = "resources.ARN"
        starts_with = var.watched_prefixes
      }

      field_selector {
        field  = "readOnly"
        equals = [advanced_event_selector.value.read_only]
      }

      dynamic "field_selector" {
        for_each = length(advanced_event_selector.value.but) > 0 ? [advanced_event_selector.value.but] : []

        content {
          field           = "userIdentity.arn"
          not_starts_with = field_selector.value
        }
      }
    }
  }
}

locals {
  # Each part of a file that a job reads is an event, so these are most of all events and of the bill: a job's role can do
  # nothing but run the code that was deployed. S3's access logs have them in any case.
  watched = {
    "what is written and deleted" = { read_only = "false", but = [] }
    "what is read"                = { read_only = "true", but = var.trail_job_reads ? [] : var.job_sessions }
  }
}
