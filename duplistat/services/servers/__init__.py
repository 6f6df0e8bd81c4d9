"""Servers: their settings, and how they are found, merged, told apart again and deleted."""
