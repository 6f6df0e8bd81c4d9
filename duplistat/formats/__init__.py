"""Bytes of one backup tool to a Report. Pure; no format imports another."""
