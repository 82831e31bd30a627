"""The reference ledger, its witnesses and the relay."""
