"""What this server calls, kept within bounds: checked addresses, one request of limited time and size."""
