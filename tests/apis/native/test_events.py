"""/api/v1/events: what devices said besides the results of their runs."""

import pytest

from tests.apis.native.cast import Caller

pytestmark = pytest.mark.usefixtures("both_databases")


def test_an_event_carries_what_was_told_and_the_job_that_it_names(caller: Caller) -> None:
    ids = caller.result(timestamp="2026-01-28T02:00:00Z")
    caller.event("2026-01-28T03:00:00+01:00", message="12% free\non /")
    assert caller.read("/api/v1/events/1") == {
        "id": 1,
        "server": {"id": ids["serverId"], "name": "web-01", "alias": None, "sender": "script"},
        "severity": "warning",
        "type": "disk_space_low",
        "job_name": "nightly",
        "job_id": ids["jobId"],
        "message": "12% free\non /",
        "at": "2026-01-28T02:00:00.000Z",
        "order_at": "2026-01-28T02:00:00.000Z",
        "received_at": "2026-01-28T12:00:00.000Z",
        "deliveries": [2],
    }


def test_a_job_of_that_name_on_another_server_is_another(caller: Caller) -> None:
    caller.result(timestamp="2026-01-28T02:00:00Z", sender="someone else")
    caller.event("2026-01-28T03:00:00Z")
    caller.event("2026-01-28T04:00:00Z", jobName=None, message=None)
    later, earlier = caller.read("/api/v1/events")["events"]
    assert (earlier["job_name"], earlier["job_id"]) == ("nightly", None)
    assert (later["job_name"], later["job_id"], later["message"]) == (None, None, None)


def test_the_list_has_the_same_events_newest_first(full: Caller) -> None:
    page = full.read("/api/v1/events")
    assert list(page) == ["events", "next_cursor"]
    for row in page["events"]:
        single = full.read(f"/api/v1/events/{row['id']}")
        # One that the server notes itself, of samples that have one machine id and several names, came in no request.
        assert bool(single.pop("deliveries")) == (row["type"] != "shared machine id")
        assert single == row
    told = [row["severity"] for row in page["events"] if row["type"] != "shared machine id"]
    assert told == ["critical", "warning"]


@pytest.fixture
def four(caller: Caller) -> Caller:
    """Events 1 to 4, one an hour from 02:00 on; the second is of another device."""
    caller.event("2026-01-28T02:00:00Z")
    caller.event("2026-01-28T03:00:00Z", deviceName="nas", severity="error")
    caller.event("2026-01-28T04:00:00Z", type="rebooted", severity="info")
    caller.event("2026-01-28T05:00:00Z", severity="error")
    return caller


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [4, 3, 2, 1]),
        ("server=1", [4, 3, 1]),
        ("server=99", []),
        ("type=rebooted", [3]),
        ("type=REBOOTED", []),
        ("severity=error", [4, 2]),
        ("since=2026-01-28T04:00:00Z", [4, 3]),
        ("until=2026-01-28T04:00:00Z", [2, 1]),
        ("server=1&severity=error&type=disk_space_low&since=2026-01-28T02:00:00Z", [4]),
    ],
)
def test_filters_leave_what_they_say(four: Caller, query: str, ids: list[int]) -> None:
    assert four.ids(f"/api/v1/events?{query}") == ids
    assert four.ids(f"/api/v1/events?limit=1&{query}") == ids


def test_each_page_goes_on_where_the_last_one_ended_while_new_events_arrive(caller: Caller) -> None:
    known = [caller.event(f"2026-01-28T02:{minute:02}:00Z") for minute in range(9)]
    seen: list[int] = []
    for number, page in enumerate(caller.pages("/api/v1/events?limit=2")):
        seen += [row["id"] for row in page["events"]]
        caller.event(f"2026-01-28T05:{number:02}:00Z")
    assert seen == known[::-1]
