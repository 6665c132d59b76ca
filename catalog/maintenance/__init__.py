"""Maintenance of tables: files compacted, snapshots expired, and what nothing reaches deleted for good."""
