"""POST /api/ingest/backup: one time of one job is one run, in whatever order its states are told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.maintenance.retention import prune_all
from duplistat.store import runs
from duplistat.store.database import Database
from tests.support.databases import at_once
from tests.support.scripts import BACKUP, Script, backup, script_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def outcomes(site: Site) -> list[str]:
    return [delivery.outcome for delivery in site.deliveries()]


def test_the_same_post_twice_has_the_same_answer_and_changes_nothing(site: Site, script: Script) -> None:
    first = script.send(BACKUP, backup())
    before = site.job("nightly"), site.runs("nightly"), site.summary(), site.transitions("nightly")
    second = script.send(BACKUP, backup())
    assert (second.status_code, second.get_json()) == (201, first.get_json())
    after = site.job("nightly"), site.runs("nightly"), site.summary(), site.transitions("nightly")
    assert after == before
    assert outcomes(site) == ["recorded", "repeat"]


SAME: dict[str, bytes | dict[str, Any]] = {
    "another offset": backup(timestamp="2026-01-28T03:00:00+01:00"),
    "an offset without a colon": backup(timestamp="2026-01-27T21:00:00-0500"),
    "digits of a second": backup(timestamp="2026-01-28T02:00:00.000Z"),
    "another case of the status": backup(status="SUCCESS"),
    "another word for the status": backup(status="ok"),
    "another order of fields": dict(reversed(backup().items())),
    "blanks": backup(message=" All is well. ", jobName="nightly "),
    "the default sender": backup(sender="unknown@ingest"),
    "another field": backup(files=7, colour="blue"),
    "another encoding": "\ufeff".encode() + json.dumps(backup()).encode(),
    "escapes": json.dumps(backup()).replace("w", "\\u0077").encode(),
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME.keys())
def test_a_repeat_is_known_by_what_it_says_and_not_by_its_bytes(
    site: Site, script: Script, body: bytes | dict[str, Any]
) -> None:
    first = script.backup()
    before = site.runs("nightly")
    assert script.told(BACKUP, body) == first
    assert site.runs("nightly") == before
    assert outcomes(site) == ["recorded", "repeat"]


def test_a_word_of_its_own_in_another_case_is_a_repeat(site: Site, script: Script) -> None:
    first = script.backup(status="Verified")
    assert script.backup(status="VERIFIED") == first
    assert outcomes(site) == ["recorded", "repeat"]
    assert [run.status_text for run in site.runs("nightly")] == ["Verified"]


@pytest.mark.parametrize("before", ["Running", "Error", "Warning", "Verified"])
def test_the_next_state_of_a_run_is_the_same_run(site: Site, script: Script, before: str) -> None:
    first = script.backup(status=before, message="state one")
    second = script.backup(status="Success", message="state two", duration=60)
    assert second == first
    (run,) = site.runs("nightly")
    assert (run.status, run.status_text, run.message, run.duration_ms) == ("success", "", "state two", 60_000)
    assert outcomes(site) == ["recorded", "changed"]
    assert (site.job("nightly").health, script.counts()) == ("ok", (1, 0, 0, 0))


def test_a_run_that_changed_its_state_is_counted_once(site: Site, script: Script) -> None:
    for status in ("Running", "Error", "Warning", "Success"):
        script.backup(status=status, uploadedSize=10)
    summary = site.summary()
    data = summary["data"]
    assert (summary["totalBackupsRuns"], summary["totalUploadedSize"]) == (1, 10)
    assert (data["successfulBackups"], data["failedBackups"], data["warningBackups"]) == (1, 0, 0)


def test_a_good_run_can_turn_bad(site: Site, script: Script) -> None:
    first = script.backup(status="Success")
    assert script.backup(status="Error", message="verification failed") == first
    assert (site.job("nightly").last_status, site.job("nightly").health) == ("error", "failed")
    assert site.states("nightly")[-1] == "failed"


@pytest.mark.parametrize("earlier", ["Error", "Warning", "Verified"])
def test_a_late_repeat_of_an_earlier_state_does_not_undo_a_later_one(
    site: Site, script: Script, earlier: str
) -> None:
    script.backup(status=earlier, message="state one")
    first = script.backup(status="Success", message="state two")
    before = site.runs("nightly"), site.job("nightly")
    for _ in range(2):
        assert script.backup(status=earlier, message="state one") == first
    assert (site.runs("nightly"), site.job("nightly")) == before
    assert outcomes(site) == ["recorded", "changed", "repeat", "repeat"]


def test_a_beginning_that_comes_after_the_end_does_not_undo_it(site: Site, script: Script) -> None:
    first = script.backup(status="Success", message="done")
    assert script.backup(status="Running", message="begun") == first
    (run,) = site.runs("nightly")
    assert (run.status, run.message) == ("success", "done")
    assert (site.job("nightly").health, outcomes(site)) == ("ok", ["recorded", "repeat"])


def test_a_running_job_may_say_how_far_it_is(site: Site, script: Script) -> None:
    first = script.backup(status="Running", message="10 %")
    assert script.backup(status="Running", message="20 %") == first
    assert (site.job("nightly").health, site.runs("nightly")[0].message) == ("running", "20 %")
    script.backup(status="Running", message="10 %")
    assert site.runs("nightly")[0].message == "20 %"


def test_another_message_with_the_same_status_is_not_a_repeat(site: Site, script: Script) -> None:
    first = script.backup(status="Error", message="disk full")
    assert script.backup(status="Error", message="disk full, and nobody cares") == first
    assert site.runs("nightly")[0].message == "disk full, and nobody cares"
    assert outcomes(site) == ["recorded", "changed"]


@pytest.mark.parametrize(
    "messages",
    [("failed\ndisk 1", "failed\ndisk 2"), ("x" * 600 + "1", "x" * 600 + "2"), ("failed", "failed\ntwice")],
    ids=["lines", "long", "longer"],
)
def test_messages_that_begin_alike_are_not_the_same(
    site: Site, script: Script, messages: tuple[str, str]
) -> None:
    first = script.backup(status="Error", message=messages[0])
    assert script.backup(status="Error", message=messages[1]) == first
    assert script.backup(status="Error", message=messages[0]) == first
    assert outcomes(site) == ["recorded", "changed", "repeat"]
    assert [text for _, _, text, _ in runs.log_of(site.db, first["backupId"])] == [messages[1]]


def test_the_log_of_the_next_state_replaces_that_of_the_one_before(site: Site, script: Script) -> None:
    script.backup(status="Running", log="begun")
    run = script.backup(status="Success", log="begun\nended")["backupId"]
    assert [text for _, _, text, _ in runs.log_of(site.db, run)] == ["begun", "ended"]


def test_the_log_of_a_state_goes_with_it(site: Site, script: Script) -> None:
    script.backup(status="Error", message="it failed\nhere is why")
    run = script.backup(status="Success", message="the second try did it")["backupId"]
    assert (runs.log_of(site.db, run), site.run(run).log_lines) == ([], 0)


def test_a_repeat_much_later_is_still_a_repeat(site: Site, script: Script) -> None:
    first = script.backup()
    site.now.forward(days=40)
    assert script.backup() == first
    assert len(site.runs("nightly")) == 1


def test_a_repeat_is_known_after_its_body_was_deleted(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"deliveries_days": 1})
    script = script_of(site)
    first = script.backup()
    site.now.forward(days=5)
    prune_all(site.writes, site.config.retention, site.now())
    assert site.deliveries() == []
    assert script.backup() == first
    assert outcomes(site) == ["repeat"]


def test_a_run_of_the_future_that_is_told_again_is_one(site: Site, script: Script) -> None:
    first = script.backup(timestamp="2026-02-28T02:00:00Z")
    site.now.forward(hours=5)
    assert script.backup(timestamp="2026-02-28T02:00:00Z") == first
    assert len(site.runs("nightly")) == 1


def test_times_that_differ_by_a_tenth_of_a_microsecond_are_two_runs(site: Site, script: Script) -> None:
    first = script.backup(timestamp="2026-01-28T02:00:00.0000001Z")
    second = script.backup(timestamp="2026-01-28T02:00:00.0000002Z")
    assert first["backupId"] != second["backupId"]
    assert len(site.runs("nightly")) == 2


def test_the_same_time_of_another_job_is_another_run(script: Script) -> None:
    ids = [script.backup(jobName=name)["backupId"] for name in ("a", "b", "c")]
    assert len(set(ids)) == 3
    assert script.counts() == (3, 0, 0, 0)


def test_a_late_post_of_an_older_run_does_not_replace_the_newer_state(site: Site, script: Script) -> None:
    newer = script.backup(status="Error")["backupId"]
    older = script.backup(timestamp="2026-01-27T02:00:00Z")["backupId"]
    job = site.job("nightly")
    assert (job.last_run, job.last_success_run, job.health) == (newer, older, "failed")
    assert script.counts() == (0, 1, 0, 0)


def test_one_post_from_many_at_once_is_one_run(make_site: Callable[..., Site], db: Database) -> None:
    script = script_of(make_site(limits={"ingest_per_minute": 0}))
    answers = at_once(db, 24, lambda _: script.backup())
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert len(script.site.runs("nightly")) == script.site.summary()["totalBackupsRuns"] == 1
    assert sorted(outcomes(script.site)) == ["recorded"] + ["repeat"] * 23
