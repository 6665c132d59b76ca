"""One validation suite per table, the validation itself, and reports."""
