"""Commits: tables, candidates on audit branches, what readers see; all through pyiceberg, for every profile."""
