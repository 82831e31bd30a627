"""C-CDA R2.1: scoped records as a Continuity of Care Document."""
