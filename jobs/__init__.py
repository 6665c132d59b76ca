"""What happens to data: one file per Glue job, each a declaration, a pure function of DataFrames and a ``main``."""
