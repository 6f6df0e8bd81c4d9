"""What rdiff-backup prints. Pure: an output in, a reading out."""
