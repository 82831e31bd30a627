"""A whole small world on this machine: every party a process of its own."""
