"""PostgreSQL beside SQLite: the same loads on both, in turns, in one run."""
