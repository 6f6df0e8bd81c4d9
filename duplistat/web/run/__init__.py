"""The page of a run, its log, and the bytes that it came as."""
