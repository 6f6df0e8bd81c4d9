"""Moving in: servers, jobs and history of other programs, taken over from their databases."""
