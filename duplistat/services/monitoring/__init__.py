"""What the scheduler checks and what others watch: overdue jobs, metrics, the health of the server itself."""
