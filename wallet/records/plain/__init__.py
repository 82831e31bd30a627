"""What codes are called by people: names, units, other words, what is read together."""
