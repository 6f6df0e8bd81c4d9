"""Uptime Kuma: its push monitors' clients call, and what reads its status pages reads ours."""

from duplistat.apis.uptime_kuma import push as _push
from duplistat.apis.uptime_kuma import status_pages as _status_pages

push, status_pages = _push.bp, _status_pages.bp
ERRORS = {**_push.ERRORS, **_status_pages.ERRORS}

__all__ = ["ERRORS", "push", "status_pages"]
