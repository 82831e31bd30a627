"""Painted parts, each from the tokens of the theme."""
