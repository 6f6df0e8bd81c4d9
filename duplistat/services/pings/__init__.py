"""Pings: URLs and keys by which clients of other monitors report, and what their calls mean."""
