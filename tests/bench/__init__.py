"""Measures what DESIGN.md 8 asks for: never a gate, always beside a peer."""
