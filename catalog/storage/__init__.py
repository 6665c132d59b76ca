"""Files of a lake: what is stored, what tables reach of it, and how files go for good."""
