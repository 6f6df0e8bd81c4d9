"""Uptime Kuma: its push monitors' clients call, and what reads its status pages reads ours."""

from duplistat.apis.uptime_kuma.push import ERRORS
from duplistat.apis.uptime_kuma.push import bp as push

__all__ = ["ERRORS", "push"]
