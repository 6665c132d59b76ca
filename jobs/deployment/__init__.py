"""What the platform on AWS is told about the jobs: written from their declarations, read by Terraform."""
