"""The duplistatus protocol: reports in, summary and last backups out. Its page: docs/protocols/duplistatus.md."""

from duplistat.apis.duplistatus.reads import bp as reads
from duplistat.apis.duplistatus.upload import bp as upload

__all__ = ["reads", "upload"]
