"""The verifiable log as readers see it: tree, notes, entries, status, replica."""
