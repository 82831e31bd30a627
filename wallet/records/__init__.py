"""One reader per format: bytes in, records out, nothing lost."""
