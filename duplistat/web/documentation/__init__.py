"""The documentation that the server carries, and which page of it belongs to which page of ours."""
