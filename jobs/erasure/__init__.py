"""Erasing people: whose data it is, what becomes of each table and file that holds it, and the journal of doing it."""
