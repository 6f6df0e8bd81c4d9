"""The page of a job, its forms and its data."""
