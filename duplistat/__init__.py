"""duplistat: a backup status server that says what stayed silent."""

__version__ = "0.1.0"
