"""What kopia prints. Pure: an output in, a reading out."""
