"""Records on paper: the two-page summary, and every chosen record, as PDF."""
