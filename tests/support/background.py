"""Work in the background that was asked for, done in this process."""

from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.worker_context import WorkerContext
from tests.support.site import Site


def work_off(site: Site) -> None:
    """Do all of it that waits."""
    worker = BackgroundTaskWorker(WorkerContext(site.config, site.db, site.writes, site.now))
    while worker.poll():
        worker.join(60)
