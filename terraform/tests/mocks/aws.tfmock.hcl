# An account that is not there. Names of resources are known when planning; what AWS would make up is made up.

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition = "aws"
  }
}

mock_resource "aws_sfn_state_machine" {
  override_during = plan

  defaults = {
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:stedi-prod"
  }
}

mock_resource "aws_kms_key" {
  override_during = plan

  defaults = {
    arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-of-somebody"
  }
}

mock_resource "aws_secretsmanager_secret" {
  override_during = plan

  defaults = {
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stedi-prod/pseudonym-key-000000"
  }
}

mock_resource "aws_sns_topic" {
  override_during = plan

  defaults = {
    arn = "arn:aws:sns:us-east-1:123456789012:stedi-prod-alerts"
  }
}

mock_resource "aws_iam_role" {
  override_during = plan

  defaults = {
    arn = "arn:aws:iam::123456789012:role/of-somebody"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  override_during = plan

  defaults = {
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:of-something"
  }
}
