"""Twelve invented years of an invented patient, as files her clinics would give."""
