"""POST /api/upload: which statements a report takes of a job that is known, however many runs it has."""

import re

import pytest

from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

# Whose it is, when its server was heard of (once a minute), whether the run is known; the run, what it makes of the
# job, and the bytes.
OF_A_REPORT = [
    "SELECT server", "SELECT job", "UPDATE server", "SELECT run", "INSERT run", "UPDATE job", "INSERT delivery",
]  # fmt: skip
_TABLE = re.compile(
    r"(SELECT|INSERT|UPDATE)\b(?:.*? FROM| INTO|) (server|job|run|delivery)\b(?! r JOIN)", re.DOTALL
)


def report(site: Site, day: int) -> list[str]:
    """The statements that the report of a day takes."""
    start = f"2026-01-{day:02}T02:00:00Z"
    site.now.set(start)
    site.now.forward(minutes=30)
    with statements_of(site.db) as ran:
        site.record(duplicati(start))
    return ran


def on_tables(ran: list[str]) -> list[str]:
    found = [_TABLE.match(statement) for statement in ran]
    return [f"{match[1]} {match[2]}" for match in found if match]


def test_a_report_takes_seven_statements_whatever_the_history(site: Site) -> None:
    report(site, 1)
    assert [on_tables(report(site, day)) for day in range(2, 6)] == [OF_A_REPORT] * 4


def test_of_the_job_only_what_the_run_told_is_written(site: Site) -> None:
    for day in range(1, 4):
        report(site, day)
    (saved,) = [statement for statement in report(site, 4) if statement.startswith("UPDATE job SET")]
    written = re.findall(r"(\w+) = \?", saved)
    assert {"last_run", "last_order", "last_success_run", "days", "days_to", "runs"} <= set(written)
    assert not {"name", "tags", "health", "alias", "schedule", "next_check_at"} & set(written)
