"""What other monitoring programs keep in their databases, as records of ours. Pure: rows in, records out."""
