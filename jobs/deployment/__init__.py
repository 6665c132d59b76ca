"""Generate what Terraform needs to know of the jobs, from their declarations."""
