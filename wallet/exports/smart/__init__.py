"""SMART Health Cards and Links, written as files."""
