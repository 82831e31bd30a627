"""C-CDA (HL7 CDA R2), 1.1 to 4.0: one tolerant walker, entry by entry."""
