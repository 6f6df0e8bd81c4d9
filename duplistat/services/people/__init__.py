"""Users: how they are created, sign in, recover a password, and what they prefer."""
