"""Validation: facts computed by SQL, judged by Great Expectations."""
