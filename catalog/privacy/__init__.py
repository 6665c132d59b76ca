"""Who was erased, and the proof of it: suppression, what to look for, the scan of every file, signed certificates."""
