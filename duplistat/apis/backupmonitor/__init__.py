"""BackupMonitor's interfaces: scripts post results and notifications, wall displays read counts."""

from duplistat.apis.backupmonitor.counts import bp as counts
from duplistat.apis.backupmonitor.ingest import bp as ingest

__all__ = ["counts", "ingest"]
