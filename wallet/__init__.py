"""What is true: keys, records, permissions and the ledger; no Qt anywhere below."""
