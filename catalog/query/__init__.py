"""Athena's SQL: one text, answered on AWS Athena, or on any lake by an embedded engine.

The embedded engine reads the text with sqlglot, compiles what it knows to mean the same into DuckDB's SQL, and refuses
everything else by name: `recognizer` holds the text to Trino's grammar, `gate` holds the tree to what code declares.
`compiler` is the language, `moment` decides which snapshots are read, `engine` runs it.
"""
