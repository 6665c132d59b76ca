"""A run over a lake, as a pipeline of values: discover, plan, build, validate, publish, report."""
