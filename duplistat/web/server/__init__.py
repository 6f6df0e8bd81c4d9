"""The pages of servers: list, details, edit, merge, and the connection to Duplicati."""
