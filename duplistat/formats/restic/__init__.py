"""What restic, rustic, resticprofile and backrest print. Pure: an output in, a reading out."""
