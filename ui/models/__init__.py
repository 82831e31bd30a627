"""Table models fed with frozen rows."""
