"""The duplistatus protocol: reports in, summary and last backups out. Its page: docs/protocols/duplistatus.md."""

from duplistat.apis.duplistatus.reads import bp as reads
from duplistat.apis.duplistatus.upload import bp as upload
from duplistat.core.errors import DuplistatError
from duplistat.http.answers import error_answer

for _bp in (reads, upload):
    _bp.register_error_handler(DuplistatError, error_answer)
# Where no route is: the same for all of /api, whose words are those of duplistatus.
ERRORS = {"/api/": error_answer, "/upload": error_answer}

__all__ = ["ERRORS", "reads", "upload"]
