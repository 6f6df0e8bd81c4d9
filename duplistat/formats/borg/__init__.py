"""What borg 1.x and 2, and borgmatic, print. Pure: an output in, a reading out."""
