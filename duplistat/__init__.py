"""duplistat: a backup status server that says what stayed silent."""

__version__ = "0.1.0"

# The number of the newest migration that this program knows. A database that
# is ahead of it was written by a newer program, and is not touched.
SCHEMA_VERSION = 1
