"""Blue Button text of the VA and of Medicare."""
