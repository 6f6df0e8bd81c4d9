"""/api/v1/jobs: how each job is and why, what is expected of it, and its latest values."""

import pytest

from tests.apis.native.cast import Caller
from tests.support.bodies import live

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_job_carries_how_it_is_what_is_expected_and_its_latest_values(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", next_run="20260129T020000Z")
    assert caller.read("/api/v1/jobs/1") == {
        "id": 1,
        "name": "Documents",
        "alias": None,
        "server": {"id": 1, "name": "nas", "alias": None, "sender": None},
        "account": "main",
        "tags": [],
        "paused": False,
        "paused_until": None,
        "archived": False,
        "health": "ok",
        "reason": "Backed up today 02:00",
        "health_since": "2026-01-28T12:00:00.000Z",
        "schedule": {"source": "told", "text": None, "zone": "UTC", "grace_ms": 7_200_000},
        "expected_at": "2026-01-29T02:00:00.000Z",
        "due_at": "2026-01-29T04:00:00.000Z",
        "missed": 0,
        "latest_run": {
            "id": 1,
            "status": "success",
            "status_text": None,
            "started_at": "2026-01-28T02:00:00.000Z",
            "received_at": "2026-01-28T12:00:00.000Z",
            "duration_ms": 600_000,
            "message": None,
        },
        "latest_good_run": {"id": 1, "at": "2026-01-28T02:00:00.000Z"},
        "live": None,
        "verification": None,
        "restore": None,
        "size": 1_073_741_824,
        "storage": 536_870_912,
        "files": 1250,
        "versions": 7,
        "runs": 1,
        "restore_points": [],
        "restore_points_more": 0,
        "quota_total": None,
        "quota_free": None,
        "created_at": "2026-01-28T12:00:00.000Z",
        "notes": "",
        "set_zone": None,
        "set_grace_ms": None,
        "maintenance": None,
        "acknowledged_until": None,
        "may_be_ids": [],
        "joined": [],
    }


def test_a_job_is_overdue_from_the_moment_on_and_not_from_the_next_sweep(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", next_run="20260128T130000Z")
    caller.site.now.set("2026-01-28T15:30:00Z")
    before = caller.read("/api/v1/jobs/1")
    caller.site.sweep()
    after = caller.read("/api/v1/jobs/1")
    assert (before["health"], before["missed"]) == (after["health"], after["missed"]) == ("overdue", 1)
    assert before["health_since"] == "2026-01-28T15:00:00.000Z"
    assert before["reason"].startswith("Overdue by 2 h: expected today 13:00")


def test_a_running_job_says_how_far_it_is(caller: Caller) -> None:
    caller.site.post(live("Started", "2026-01-28T11:58:00Z"))
    caller.site.post(live("Progress", "2026-01-28T11:58:00Z", share=0.4))
    job = caller.read("/api/v1/jobs/1")
    assert (job["health"], job["latest_run"], job["latest_good_run"]) == ("running", None, None)
    assert job["live"]["state"] == "ticking"
    assert job["live"]["progress"] == 0.4
    assert job["live"]["started_at"] == "2026-01-28T11:58:00.000Z"


def test_a_word_of_a_senders_own_is_told_with_the_latest_run(full: Caller) -> None:
    (job,) = full.read("/api/v1/jobs?status=other")["jobs"]
    assert job["server"] == {"id": job["server"]["id"], "name": "web-01", "alias": None, "sender": "script"}
    assert (job["latest_run"]["status"], job["latest_run"]["status_text"]) == ("other", "Odd")


def test_the_list_has_the_same_jobs_by_id(full: Caller) -> None:
    page = full.read("/api/v1/jobs?limit=200")
    assert list(page) == ["jobs", "next_cursor"]
    # A single one has more.
    for row in page["jobs"]:
        single = full.read(f"/api/v1/jobs/{row['id']}")
        assert {name: single[name] for name in row} == row
    assert len(page["jobs"]) > 5


@pytest.fixture
def four(caller: Caller) -> Caller:
    """Jobs 1 and 2 on server 1, 3 and 4 on server 2; the second failed, the third is paused and has tags."""
    caller.report("2026-01-28T02:00:00Z", job="a", machine="one")
    caller.report("2026-01-28T02:00:00Z", job="b", machine="one", result="Error")
    caller.report("2026-01-28T02:00:00Z", job="c", machine="two")
    caller.report("2026-01-28T02:00:00Z", job="d", machine="two", result="Warning")
    caller.site.set_job(caller.site.job("c"), paused=True, tags=["offsite", 'it\'s "ours" – ü'])
    return caller


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("server=2", [3, 4]),
        ("server=99", []),
        ("health=ok", [1]),
        ("health=failed", [2]),
        ("health=paused", [3]),
        ("health=overdue", []),
        ("status=success", [1, 3]),
        ("paused=true", [3]),
        ("paused=false", [1, 2, 4]),
        ("tag=offsite", [3]),
        ("tag=off", []),
        ("tag=it's%20%22ours%22%20%E2%80%93%20%C3%BC", [3]),
        ("server=2&health=warning&status=warning&paused=false", [4]),
        ("server=1&tag=offsite", []),
    ],
)
def test_filters_leave_what_they_say(four: Caller, query: str, ids: list[int]) -> None:
    assert four.ids(f"/api/v1/jobs?{query}") == ids
    assert four.ids(f"/api/v1/jobs?limit=1&{query}") == ids


def test_a_health_that_no_sweep_has_seen_yet_is_found_by_its_filter(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", next_run="20260128T130000Z")
    caller.site.now.set("2026-01-28T15:30:00Z")
    assert caller.ids("/api/v1/jobs?health=overdue") == [1]
    assert caller.ids("/api/v1/jobs?health=ok") == []


def test_a_filtered_page_may_be_short_and_still_not_be_the_last(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        caller.report("2026-01-28T02:00:00Z", job=f"j{number}", result="Error" if number == 7 else "Success")
    monkeypatch.setattr("duplistat.store.job_lists.LOOKED_AT", 3)
    pages = [
        [row["id"] for row in page["jobs"]] for page in caller.pages("/api/v1/jobs?health=failed&limit=2")
    ]
    assert pages == [[], [], [8], []]
