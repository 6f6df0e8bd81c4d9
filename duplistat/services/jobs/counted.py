"""Which jobs count: those of real reports.

A test report (`reports/test_report.py`) protects nothing: it shows that reports arrive. So its job is in none of our
numbers, sums, charts and verdicts on how backups stand. It is listed where jobs stand one by one, until it is removed;
and what speaks the protocols of others has it as any other job.
"""

from collections.abc import Iterable

from duplistat.store.jobs import Job
from duplistat.store.servers import Server

# What the server of a test report is known by, whatever people call it.
TEST_MACHINE_ID = "duplistat-test-report"


def is_test(server: Server) -> bool:
    """Whether a server is that of test reports."""
    return server.machine_id == TEST_MACHINE_ID


def tests_among(servers: Iterable[Server]) -> frozenset[int]:
    """The ids of those of these servers whose jobs do not count."""
    return frozenset(server.id for server in servers if is_test(server))


def that_count(jobs: Iterable[Job], servers: Iterable[Server]) -> list[Job]:
    """Those of these jobs that count; `servers` has at least theirs."""
    tests = tests_among(servers)
    return [job for job in jobs if job.server_id not in tests]


def chosen_or_that_count(jobs: Iterable[Job], servers: Iterable[Server], chosen: int | None) -> list[Job]:
    """The jobs of the server that was chosen, whatever told of it; where none was, those that count."""
    if chosen is None:
        return that_count(jobs, servers)
    return [job for job in jobs if job.server_id == chosen]
