"""How the servers of a ledger listen: connections, requests, answers."""
