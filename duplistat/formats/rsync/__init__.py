"""What rsync prints. Pure: an output in, a reading out."""
