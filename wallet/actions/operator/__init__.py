"""What the operator of a ledger, a witness, a mirror or a monitor does."""
