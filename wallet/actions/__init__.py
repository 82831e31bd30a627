"""Front desks: the only doors that windows and commands go through."""
