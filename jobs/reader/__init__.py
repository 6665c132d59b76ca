"""Delivered bytes become typed Arrow batches: every object of a file is accepted, or refused with a reason."""

from jobs.reader.read import Inventory, Split, inventory, read_records

__all__ = ["Inventory", "Split", "inventory", "read_records"]
