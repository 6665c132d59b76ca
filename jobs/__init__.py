"""What happens to data: one file per Glue job: a declaration, a function that says in SQL what it makes, a ``main``."""
