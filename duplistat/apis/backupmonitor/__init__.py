"""BackupMonitor's interfaces: scripts post results and notifications, wall displays read counts."""

from duplistat.apis.backupmonitor.counts import bp as counts
from duplistat.apis.backupmonitor.ingest import bp as ingest
from duplistat.core.errors import DuplistatError
from duplistat.http.answers import error_answer

for _bp in (counts, ingest):
    _bp.register_error_handler(DuplistatError, error_answer)

__all__ = ["counts", "ingest"]
