"""The clinic's front desk: take a permission, check it, open it, owe a receipt."""
