"""The overview: its page, its filters, and acknowledging."""
