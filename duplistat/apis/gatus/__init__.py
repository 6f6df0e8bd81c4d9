"""gatus: its external endpoints are pushed to, and what reads its statuses reads ours."""

from duplistat.apis.gatus.external import bp as external
from duplistat.apis.gatus.statuses import bp as statuses

__all__ = ["external", "statuses"]
