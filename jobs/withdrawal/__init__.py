"""Withdrawals: who agreed and withdrew when, where rows of theirs are still stored, and until when they may be."""
