"""What a Glue job is documented to find in Glue's own library, for scripts that run elsewhere."""
