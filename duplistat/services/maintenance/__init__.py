"""The database itself: retention, backups, restore, and work in the background."""
