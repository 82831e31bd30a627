"""Permissions: scope, issue, check, open; values and verdicts, never a store."""
