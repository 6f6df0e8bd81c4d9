"""What the audit log calls a job."""

from duplistat.store import servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job


def subject_of(db: Database, job: Job) -> str:
    """Its server and itself, as people call them: NAS / photos."""
    home = servers.get(db, job.server_id)
    return f"{home.label if home else ''} / {job.label}"
