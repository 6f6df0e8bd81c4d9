"""BackupRun's API: one address, POST /api.php, for people, their contacts and their services."""

from duplistat.apis.backuprun.api import bp, error_answer

# Where no route is.
ERRORS = {"/api.php": error_answer}

__all__ = ["ERRORS", "bp"]
