"""Rewriting a table's history: rows leave every snapshot at once, and what readers travel to stays under its ids."""
