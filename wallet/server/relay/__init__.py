"""The relay: packages, receipts, releases."""
