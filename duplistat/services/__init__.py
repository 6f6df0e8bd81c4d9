"""What the program does, by subject. Each change of the database is a command."""
