"""Signing in, the first administrator, and a forgotten password."""
