"""What a clinic keeps: permissions it was given, receipts it owes, senders it knows."""
