"""The clinic's tables over the store."""
