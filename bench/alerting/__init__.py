"""Alerts as they reach a receiver: how soon, how many, beside one that hangs, and whatever is killed meanwhile."""
