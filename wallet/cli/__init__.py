"""The heartwood command: one module a party, JSON for programs, exit code by status."""
