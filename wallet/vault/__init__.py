"""The patient's tables over the store."""
