"""Delimited text: laboratory values, vaccines, medicines."""
