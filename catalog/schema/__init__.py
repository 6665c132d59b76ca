"""What tables are: specs, columns and their types."""
