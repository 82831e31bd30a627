"""The mirror: serves verified copies, cosigns what it has recomputed."""
