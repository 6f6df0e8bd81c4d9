"""Healthchecks: its clients ping, and what reads its checks and badges reads ours."""

from duplistat.apis.healthchecks.pings import ERRORS
from duplistat.apis.healthchecks.pings import bp as pings

__all__ = ["ERRORS", "pings"]
