"""Backups of a lake, and lakes made of them: every path in a table's metadata is absolute, and moves with it."""
