"""Proof that a person's data are gone: what to look for, the scan of every file, and signed certificates of it."""
