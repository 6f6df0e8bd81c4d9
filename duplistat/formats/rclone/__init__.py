"""What rclone prints. Pure: an output in, a reading out."""
