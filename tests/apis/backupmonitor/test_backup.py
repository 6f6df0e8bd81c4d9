"""POST /api/ingest/backup: what a good post becomes."""

from typing import Any

import pytest

from duplistat.core.times import from_ms, iso_ms
from duplistat.store import deliveries, runs
from tests.support.bodies import as_bytes
from tests.support.clock import ms
from tests.support.scripts import BACKUP, START, Script, backup, script_of, without
from tests.support.site import Site

OWN = {
    "files": 12_000,
    "size": 2**63 - 1,
    "storageUsed": 5_000_000_000,
    "uploadedSize": 142_000_000,
    "duration": 90.5,
}


def test_the_answer_has_the_ids_and_nothing_else(site: Site, script: Script) -> None:
    response = script.send(BACKUP, backup())
    (server,), job, (run,) = site.servers(), site.job("nightly"), site.runs("nightly")
    assert response.status_code == 201
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_json() == {
        "status": "success",
        "message": "Backup entry recorded",
        "data": {"backupId": run.id, "serverId": server.id, "jobId": job.id},
    }


def test_the_run_has_what_was_told(site: Site, script: Script) -> None:
    run = site.run(script.backup(message="Done. 142 GB transferred.")["backupId"])
    assert (run.status, run.status_text, run.message) == ("success", "", "Done. 142 GB transferred.")
    assert (run.started_at, run.received_at, run.operation) == (ms(START), site.now(), "backup")
    assert (run.ended_at, run.duration_ms, run.files, run.size, run.uploaded) == (None,) * 5
    assert site.job("nightly").last_message == "Done. 142 GB transferred."


def test_the_body_is_kept_as_received(site: Site, script: Script) -> None:
    body = as_bytes(backup()) + b" \r\n"
    ids = script.told(BACKUP, body)
    (kept,) = site.deliveries()
    assert deliveries.body_of(site.db, kept.id) == body
    assert (kept.endpoint, kept.format, kept.outcome) == (BACKUP, "ingest", "recorded")
    assert (kept.run, kept.job) == (ids["backupId"], ids["jobId"])


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Success", "success"),
        ("success", "success"),
        ("SUCCESS", "success"),
        (" Success ", "success"),
        ("OK", "success"),
        ("Completed", "success"),
        ("Warning", "warning"),
        ("WARN", "warning"),
        ("Error", "error"),
        ("error", "error"),
        ("Failed", "error"),
        ("FAILURE", "error"),
        ("Fatal", "fatal"),
        ("Running", "running"),
        ("in progress", "running"),
        ("In-Progress", "running"),
        ("Cancelled", "interrupted"),
        ("Unknown", "unknown"),
    ],
)
def test_a_known_word_in_any_case_is_understood(site: Site, script: Script, word: str, status: str) -> None:
    run = site.run(script.backup(status=word)["backupId"])
    assert (run.status, run.status_text) == (status, "")
    assert site.job("nightly").last_status == status


@pytest.mark.parametrize("word", ["Verified", "teilweise ✓", "0", "<b>Done</b>", "Succes"])
def test_any_other_word_is_kept_as_written_and_counts_as_other(site: Site, script: Script, word: str) -> None:
    run = site.run(script.backup(status=word)["backupId"])
    assert (run.status, run.status_text) == ("other", word)
    assert script.counts() == (0, 0, 0, 1)
    assert site.summary()["data"]["failedBackups"] == 0


def test_another_word_is_neither_good_nor_bad_news(site: Site, script: Script) -> None:
    script.backup(timestamp="2026-01-27T02:00:00Z")
    good = site.job("nightly").last_success_run
    script.backup(status="Verified")
    assert (site.job("nightly").last_success_run, site.job("nightly").last_status) == (good, "other")
    assert "failed" not in site.states("nightly")


@pytest.mark.parametrize(
    ("text", "at", "minutes"),
    [
        ("2024-06-04T12:00:00Z", "2024-06-04T12:00:00.000Z", 0),
        ("2024-06-04T12:00:00z", "2024-06-04T12:00:00.000Z", 0),
        ("2024-06-04T12:00:00+00:00", "2024-06-04T12:00:00.000Z", 0),
        ("2024-06-04T14:00:00+02:00", "2024-06-04T12:00:00.000Z", 120),
        ("2024-06-04T14:00:00+0200", "2024-06-04T12:00:00.000Z", 120),
        ("2024-06-04T14:00:00+02", "2024-06-04T12:00:00.000Z", 120),
        ("2024-06-04T06:30:00.5-05:30", "2024-06-04T12:00:00.500Z", -330),
        ("2024-06-04 14:00:00.1234567+02:00", "2024-06-04T12:00:00.123Z", 120),
        ("2024-06-04T14:00+02:00", "2024-06-04T12:00:00.000Z", 120),
        (" 2024-06-04T12:00:00Z ", "2024-06-04T12:00:00.000Z", 0),
    ],
    ids=["Z", "z", "+00:00", "+02:00", "+0200", "+02", "-05:30", "digits", "minutes", "blanks"],
)
def test_an_offset_in_any_form_is_understood(
    site: Site, script: Script, text: str, at: str, minutes: int | None
) -> None:
    run = site.run(script.backup(timestamp=text)["backupId"])
    assert run.started_at is not None
    assert (iso_ms(from_ms(run.started_at)), run.offset_minutes) == (at, minutes)


def test_our_own_fields_are_what_the_run_and_the_job_show(site: Site, script: Script) -> None:
    run = site.run(script.backup(**OWN)["backupId"])
    assert (run.files, run.size, run.storage) == (12_000, 2**63 - 1, 5_000_000_000)
    assert (run.uploaded, run.duration_ms) == (142_000_000, 90_500)
    assert run.ended_at == ms(START) + 90_500
    job = site.job("nightly")
    assert (job.files, job.size, job.storage) == (run.files, run.size, run.storage)
    assert (job.added, job.last_duration) == (142_000_000, 90_500)


def test_sizes_are_summed_up_over_jobs(site: Site, script: Script) -> None:
    for name in ("a", "b"):
        script.backup(jobName=name, size=2**63 - 1, uploadedSize=10, storageUsed=7)
    summary = site.summary()
    assert summary["totalBackupSize"] == 2 * (2**63 - 1)
    assert (summary["totalUploadedSize"], summary["totalStorageUsed"]) == (20, 14)


def test_an_end_tells_the_duration(site: Site, script: Script) -> None:
    run = site.run(script.backup(endTime="2026-01-28T03:10:00+01:00")["backupId"])
    assert (run.ended_at, run.duration_ms) == (ms("2026-01-28T02:10:00Z"), 600_000)
    assert run.log_lines == 0


def test_an_end_and_a_duration_that_disagree_are_kept_with_a_line_that_says_so(
    site: Site, script: Script
) -> None:
    run = site.run(script.backup(endTime="2026-01-28T02:10:00Z", duration=60)["backupId"])
    assert (run.ended_at, run.duration_ms) == (ms("2026-01-28T02:10:00Z"), 60_000)
    ((level, _, text, _),) = runs.log_of(site.db, run.id)
    assert level == "warning"
    assert text == (
        "The run is inconsistent: duration (60 s) and endTime (2026-01-28T02:10:00.000Z) disagree;"
        " the duration is kept"
    )


@pytest.mark.parametrize(
    "log",
    ["first\nsecond\r\n\nfourth", ["first", "second", "", "fourth"]],
    ids=["one text", "a list"],
)
def test_the_log_has_one_line_each(site: Site, script: Script, log: Any) -> None:
    run = site.run(script.backup(log=log)["backupId"])
    assert [text for _, _, text, _ in runs.log_of(site.db, run.id)] == ["first", "second", "", "fourth"]
    assert run.log_lines == 4


def test_of_a_message_of_several_lines_the_first_is_shown_and_nothing_is_lost(
    site: Site, script: Script
) -> None:
    message = "rsync error 23\nsome files vanished\nsee the log"
    run = site.run(script.backup(status="Error", message=message, log="a line")["backupId"])
    assert (run.message, site.job("nightly").last_message) == ("rsync error 23", "rsync error 23")
    assert [text for _, _, text, _ in runs.log_of(site.db, run.id)] == [message, "a line"]


def test_an_endless_message_is_shown_cut_and_kept_whole(site: Site, script: Script) -> None:
    message = "x" * 20_000
    run = site.run(script.backup(message=message)["backupId"])
    assert run.message == "x" * 499 + "…"
    assert [text for _, _, text, _ in runs.log_of(site.db, run.id)] == [message]


def test_the_sender_is_unknown_unless_it_is_told(site: Site, script: Script) -> None:
    first = script.backup()
    assert [server.sender for server in site.servers()] == ["unknown@ingest"]
    for same in ("unknown@ingest", "", "  ", None):
        assert script.backup(sender=same) == first


def test_another_sender_makes_another_device_of_the_same_name(site: Site, script: Script) -> None:
    first, second = script.backup(sender="script-a"), script.backup(sender="script-b")
    assert first["serverId"] != second["serverId"]
    assert [(s.name, s.sender) for s in site.servers()] == [("web-01", "script-a"), ("web-01", "script-b")]
    assert script.counts() == (2, 0, 0, 0)


def test_a_sender_and_a_name_do_not_run_together(script: Script) -> None:
    pairs = [("a", "b c"), ("a b", "c"), ('a","b', "c"), ("a", 'b","c')]
    ids = {script.backup(sender=sender, deviceName=name)["serverId"] for sender, name in pairs}
    assert len(ids) == len(pairs)


def test_a_job_is_a_name_on_a_device(site: Site, script: Script) -> None:
    first, again = script.backup(), script.backup(timestamp="2026-01-28T03:00:00Z")
    other, elsewhere = script.backup(jobName="weekly"), script.backup(deviceName="web-02")
    assert first["jobId"] == again["jobId"]
    assert len({first["jobId"], other["jobId"], elsewhere["jobId"]}) == 3
    assert first["serverId"] == other["serverId"] != elsewhere["serverId"]
    assert len(site.runs("weekly")) == 1


def test_names_are_told_apart_by_case_and_not_by_blanks_around_them(script: Script) -> None:
    first = script.backup()
    assert script.backup(deviceName=" web-01\t", jobName="nightly ") == first
    assert script.backup(deviceName="WEB-01")["serverId"] != first["serverId"]


def test_two_long_names_stay_two(site: Site, script: Script) -> None:
    first, second = "x" * 9_999 + "a", "x" * 9_999 + "b"
    assert script.backup(jobName=first)["jobId"] != script.backup(jobName=second)["jobId"]
    assert script.backup(deviceName=first)["serverId"] != script.backup(deviceName=second)["serverId"]
    assert all(len(server.name) <= 200 for server in site.servers())
    assert all(len(job.name) <= 200 for job in site.jobs())


def test_null_is_the_same_as_none_and_unknown_fields_are_ignored(site: Site, script: Script) -> None:
    nothing = dict.fromkeys([*OWN, "endTime", "log", "sender"])
    first = script.backup()
    assert script.backup(**nothing, colour="blue", backup={"status": "Error"}) == first
    assert [d.outcome for d in site.deliveries()] == ["recorded", "repeat"]


def test_the_content_type_does_not_matter(site: Site, script: Script) -> None:
    for number, kind in enumerate(("text/plain", "application/x-www-form-urlencoded", "")):
        headers = {"X-Api-Key": script.key}
        body = as_bytes(backup(timestamp=f"2026-01-2{number}T02:00:00Z"))
        assert site.client().post(BACKUP, data=body, content_type=kind, headers=headers).status_code == 201
    assert len(site.runs("nightly")) == 3


def test_a_device_that_reports_in_other_ways_is_another_one(site: Site, script: Script) -> None:
    from tests.support.bodies import simple

    ids = script.backup()
    other = site.record(simple(server="web-01", job="nightly", start=START))["data"]
    assert other["serverId"] != ids["serverId"]


def test_a_clock_that_runs_ahead_does_not_make_a_run_the_newest_for_ever(site: Site, script: Script) -> None:
    first = script.backup(timestamp="2027-01-01T00:00:00Z")
    site.now.forward(days=1)
    second = script.backup(timestamp="2026-01-29T11:00:00Z", status="Error")
    assert site.run(first["backupId"]).skew_ms > 0
    assert (site.job("nightly").last_run, site.job("nightly").health) == (second["backupId"], "failed")


def test_what_is_required_is_enough(site: Site) -> None:
    script = script_of(site)
    body = without(backup(), "sender")
    assert sorted(body) == ["deviceName", "jobName", "message", "status", "timestamp"]
    assert script.told(BACKUP, body)["backupId"] == site.runs("nightly")[0].id
