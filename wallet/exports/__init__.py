"""Chosen records in the forms others can read, and the stick that carries them."""
