"""Customers: how all of them stand, and each job of theirs."""
