"""How it is shown: the only Qt."""
