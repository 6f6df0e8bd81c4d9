"""What becomes of reports while PostgreSQL restarts, is full of connections, and processes are killed."""
