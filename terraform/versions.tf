terraform {
  # 1.11: values that are written and never kept in the state (the pseudonym key), and mocks that plan.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # Filled in by -backend-config=environments/<environment>.s3.tfbackend; see README.md.
  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge(var.tags, {
      application = var.name
      environment = var.environment
      managed_by  = "terraform"
    })
  }
}
