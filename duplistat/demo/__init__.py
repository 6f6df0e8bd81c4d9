"""A believable fleet to look at: servers and jobs that never were, with a year of reports of theirs."""
