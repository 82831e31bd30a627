"""Heads of DICOM files."""
