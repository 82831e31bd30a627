"""Fonts, icons and word tables that ship with the program."""
