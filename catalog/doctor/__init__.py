"""What is there and what is missing, on this machine and in an AWS account."""
