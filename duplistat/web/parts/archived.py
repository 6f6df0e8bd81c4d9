"""Whether there is anything in the archive, where nothing is left outside of it."""

from collections.abc import Iterable

from duplistat.services.jobs.counted import is_test
from duplistat.services.servers.deletion import is_deleting
from duplistat.store import archived_jobs
from duplistat.store.database import Database
from duplistat.store.servers import Server


def servers_archived(servers: Iterable[Server]) -> bool:
    """Whether any of these that real reports told of is in the archive, to stay."""
    return any(
        server.archived_at is not None and not is_test(server) and not is_deleting(server)
        for server in servers
    )


def jobs_archived(db: Database, sees: tuple[int, ...], servers: Iterable[Server]) -> bool:
    """Whether any job is in the archive, by itself or with its server, of these servers of the accounts `sees`."""
    return servers_archived(servers) or archived_jobs.count(db, sees) > 0
