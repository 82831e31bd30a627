"""What a record says beyond its facts, in rows a person reads."""
