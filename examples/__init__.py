"""What a data scientist can begin with."""
