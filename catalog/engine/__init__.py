"""Engines: what makes rows and writes files, on this machine or by Spark."""
