"""The witness: cosigns what extends what it has seen."""
