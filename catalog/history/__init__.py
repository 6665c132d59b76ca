"""What happened to tables: publications, moments, differences, tags, and what tables stem from."""
