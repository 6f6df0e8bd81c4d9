"""GET /api/integration/counts: active jobs by their latest known result."""

import pytest

from tests.support.bodies import duplicati, live
from tests.support.scripts import COUNTS, START, Script, script_of
from tests.support.site import Site

ALL = (
    ("Success", "successCount"),
    ("OK", "successCount"),
    ("Error", "errorCount"),
    ("Failed", "errorCount"),
    ("Fatal", "errorCount"),
    ("Warning", "warningCount"),
    ("Running", "otherCount"),
    ("Unknown", "otherCount"),
    ("Cancelled", "otherCount"),
    ("Verified", "otherCount"),
)


def test_the_answer_has_exactly_four_numbers(script: Script) -> None:
    response = script.site.get(COUNTS, **{"X-Api-Key": script.key})
    assert response.status_code == 200
    assert response.text == '{"successCount":0,"errorCount":0,"warningCount":0,"otherCount":0}'
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("status", "key"), ALL)
def test_a_job_counts_once_and_where_its_result_belongs(script: Script, status: str, key: str) -> None:
    script.backup(status=status)
    content = script.site.read(COUNTS, **{"X-Api-Key": script.key})
    assert content == dict.fromkeys(("successCount", "errorCount", "warningCount", "otherCount"), 0) | {
        key: 1
    }


def test_jobs_are_counted_and_not_runs(script: Script) -> None:
    for number, (status, _) in enumerate(ALL):
        for day in (26, 27, 28):
            script.backup(jobName=f"job {number}", timestamp=f"2026-01-{day}T02:00:00Z", status=status)
    assert script.counts() == (2, 3, 1, 4)


def test_the_latest_result_counts_by_its_own_time(script: Script) -> None:
    script.backup(status="Error")
    script.backup(status="Success", timestamp="2026-01-27T02:00:00Z")
    assert script.counts() == (0, 1, 0, 0)
    script.backup(status="Warning", timestamp="2026-01-28T03:00:00Z")
    assert script.counts() == (0, 0, 1, 0)


def test_the_next_state_of_a_run_moves_its_job(script: Script) -> None:
    script.backup(status="Running")
    assert script.counts() == (0, 0, 0, 1)
    script.backup(status="Success")
    assert script.counts() == (1, 0, 0, 0)


def test_a_job_without_any_run_yet_is_other(site: Site, script: Script) -> None:
    site.record(live("Started", START))
    assert site.job().last_status is None
    assert script.counts() == (0, 0, 0, 1)


def test_a_paused_job_counts_nowhere(site: Site, script: Script) -> None:
    script.backup(jobName="a", status="Error")
    script.backup(jobName="b")
    site.set_job(site.job("a"), paused=True)
    assert script.counts() == (1, 0, 0, 0)
    site.set_job(site.job("a"), paused=False)
    assert script.counts() == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("status", "counts"),
    [("Success", (1, 0, 0, 0)), ("Warning", (0, 0, 1, 0)), ("Error", (0, 1, 0, 0))],
)
def test_being_overdue_changes_no_count(
    site: Site, script: Script, status: str, counts: tuple[int, int, int, int]
) -> None:
    for day in range(10, 28):
        site.now.set(f"2026-01-{day}T03:00:00Z")
        script.backup(timestamp=f"2026-01-{day}T02:00:00Z", status=status)
    site.learn()
    site.now.forward(days=3)
    site.sweep()
    assert site.job("nightly").health == "overdue"
    assert script.counts() == counts


def test_jobs_of_other_clients_count_too(site: Site, script: Script) -> None:
    site.record(duplicati(START, job="A"))
    site.record(duplicati(START, job="B", result="Error"))
    site.record(duplicati(START, job="C", result="Fatal"))
    site.record(duplicati(START, job="D", result="Warning"))
    script.backup()
    assert script.counts() == (2, 2, 1, 0)


def test_an_operation_that_is_no_backup_changes_no_count(site: Site, script: Script) -> None:
    site.record(duplicati(START))
    site.record(duplicati("2026-01-28T04:00:00Z", operation="Restore", result="Error"))
    assert script.counts() == (1, 0, 0, 0)


def test_a_key_sees_below_its_account_and_not_above(site: Site) -> None:
    site.account("partner")
    site.account("customer", "partner")
    above, below = script_of(site, account="partner"), script_of(site, account="customer")
    below.backup(status="Error")
    above.backup()
    assert (above.counts(), below.counts()) == ((1, 1, 0, 0), (0, 1, 0, 0))
