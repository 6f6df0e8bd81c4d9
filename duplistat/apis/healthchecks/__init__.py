"""Healthchecks: its clients ping, and what reads its checks and badges reads ours."""

from duplistat.apis.healthchecks import badges as _badges
from duplistat.apis.healthchecks import checks as _checks
from duplistat.apis.healthchecks import pings as _pings

pings, checks, badges = _pings.bp, _checks.bp, _badges.bp
ERRORS = {**_pings.ERRORS, **_checks.ERRORS, **_badges.ERRORS}

__all__ = ["ERRORS", "badges", "checks", "pings"]
