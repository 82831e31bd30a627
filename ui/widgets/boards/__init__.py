"""What stands beside the list while no record is chosen: one file a board."""
