"""The patient's front desk: the only door to vault and seed."""
