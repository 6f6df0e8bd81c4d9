"""Duplicati servers that duplistat connects to: what is known of each, and the tasks that are done with it."""
