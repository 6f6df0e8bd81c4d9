"""Reports as they come: read, placed on a server and a job, recorded, and read again."""
