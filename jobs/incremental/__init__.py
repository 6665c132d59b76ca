"""Increments: whom a change concerns, and the rows that a table gains and loses by it."""
