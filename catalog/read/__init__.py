"""Snapshots as relations: scan plans, look-ups by key, and the embedded engine that reads them."""
