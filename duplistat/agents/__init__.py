"""Backup servers that we call: their own APIs, spoken as a guarded client."""
