"""Accounts: the tree, its changes, its export, and the partner report over it."""
