"""SMART Health Cards and SMART Health Links."""
