"""Files that are shown as they are: PDF and pictures."""
