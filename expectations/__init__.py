"""What must be true: one suite per table, as code; validation and reports."""
