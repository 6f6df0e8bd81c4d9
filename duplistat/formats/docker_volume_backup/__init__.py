"""What docker-volume-backup notifies of. Pure: an output in, a reading out."""
