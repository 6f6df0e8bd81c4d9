"""/api/v1/runs: what ran, how it ended, what it counted, and its log."""

from itertools import pairwise
from typing import Any

import pytest

from tests.apis.native.cast import Caller
from tests.support.bodies import sample

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_run_carries_what_its_report_told(caller: Caller) -> None:
    id = caller.report("2026-01-28T02:00:00Z", result="Warning", OpenedFiles=16)
    run = caller.read(f"/api/v1/runs/{id}")
    told = {
        "job": {"id": 1, "name": "Documents"},
        "server": {"id": 1, "name": "nas", "alias": None, "sender": None},
        "operation": "backup",
        "status": "warning",
        "order_at": "2026-01-28T02:00:00.000Z",
        "started_at": "2026-01-28T02:00:00.000Z",
        "ended_at": "2026-01-28T02:10:00.000Z",
        "received_at": "2026-01-28T12:00:00.000Z",
        "duration_ms": 600_000,
        "files": 1250,
        "size": 1_073_741_824,
        "uploaded": 1_048_576,
        "downloaded": None,
        "versions": 7,
        "warnings": 1,
        "is_backup": True,
        "partial": False,
        "deliveries": [1],
    }
    assert {name: run[name] for name in told} == told
    assert run["numbers"]["OpenedFiles"] == 16


def test_the_list_has_the_same_runs_without_their_deliveries(full: Caller) -> None:
    rows = full.read("/api/v1/runs?limit=200")["runs"]
    for row in rows:
        single = full.read(f"/api/v1/runs/{row['id']}")
        assert single.pop("deliveries")
        assert single == row
    assert any(row["steps"] for row in rows)
    assert any(row["facts"] for row in rows)
    assert any(row["next_run_at"] for row in rows)


def test_runs_come_newest_first_by_when_they_began(full: Caller) -> None:
    rows = full.read("/api/v1/runs?limit=200")["runs"]
    assert all(
        (first["order_at"], first["id"]) > (second["order_at"], second["id"])
        for first, second in pairwise(rows)
    )
    assert len(rows) == len({row["id"] for row in rows}) > 20


def test_each_page_goes_on_where_the_last_one_ended_while_new_runs_arrive(caller: Caller) -> None:
    known = [caller.report(f"2026-01-{day:02}T02:00:00Z", job=f"j{day % 3}") for day in range(1, 20)]
    seen: list[int] = []
    for number, page in enumerate(caller.pages("/api/v1/runs?limit=4")):
        seen += [row["id"] for row in page["runs"]]
        caller.report(f"2026-01-28T03:{number:02}:00Z")
    assert seen == known[::-1]


def test_runs_that_began_at_one_time_are_each_on_one_page(caller: Caller) -> None:
    known = [caller.report("2026-01-28T02:00:00Z", job=f"j{number}") for number in range(7)]
    assert caller.ids("/api/v1/runs?limit=2") == known[::-1]


@pytest.fixture
def five(caller: Caller) -> Caller:
    """Runs 1 to 5, one a day from the 21st on; the second is of another job, the third of another server."""
    caller.report("2026-01-21T02:00:00Z")
    caller.report("2026-01-22T02:00:00Z", job="Photos", result="Error")
    caller.report("2026-01-23T02:00:00Z", machine="other")
    caller.report("2026-01-24T02:00:00Z", operation="Restore")
    caller.report("2026-01-25T02:00:00Z", result="Warning")
    return caller


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("server=1", [5, 4, 2, 1]),
        ("job=2", [2]),
        ("job=2&server=2", []),
        ("job=99", []),
        ("status=success", [4, 3, 1]),
        ("operation=restore", [4]),
        ("operation=rest", []),
        ("since=2026-01-23T02:00:00Z", [5, 4, 3]),
        ("until=2026-01-23T02:00:00Z", [2, 1]),
        ("since=2026-01-23T03:00:00%2B01:00", [5, 4, 3]),
        ("since=2026-01-23T03:00:00+01:00", [5, 4, 3]),
        ("since=1970-01-01T00:00:00Z", [5, 4, 3, 2, 1]),
        ("since=2026-01-22T00:00Z&until=2026-01-25T00:00Z&status=success&server=1", [4]),
    ],
)
def test_filters_leave_what_they_say(five: Caller, query: str, ids: list[int]) -> None:
    assert five.ids(f"/api/v1/runs?{query}") == ids
    assert five.ids(f"/api/v1/runs?limit=1&{query}") == ids


def lines(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    """All lines of the log of run 1, page by page."""
    return [line for page in caller.pages(f"/api/v1/runs/1/log?{query}") for line in page["lines"]]


def test_a_log_is_told_line_by_line_with_numbers_of_the_whole(caller: Caller) -> None:
    caller.site.post(sample("08_backup_error"))
    told = lines(caller)
    assert [line["number"] for line in told] == list(range(1, len(told) + 1))
    assert len(told) == caller.read("/api/v1/runs/1")["log_lines"] > 1
    assert lines(caller, "limit=1") == told
    errors = [line for line in told if line["level"] == "error"]
    assert lines(caller, "level=error&limit=1") == lines(caller, "level=Error") == errors != []
    assert told[0].keys() == {"number", "level", "tag", "text", "at"}


def test_a_run_without_a_log_has_no_lines(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z")
    assert caller.read("/api/v1/runs/1/log") == {"lines": [], "next_cursor": None}
