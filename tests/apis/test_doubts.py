"""A success that is none is a warning, and says why."""

import json

import pytest

from duplistat.core.reason_words import message_of
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import export
from duplistat.services.reports.replay import read_again
from tests.support.bodies import duplicati, form, simple
from tests.support.known import the_account
from tests.support.signing import session, sign_in
from tests.support.site import Site

FIRST, SECOND, THIRD = "2026-01-27T02:00:00Z", "2026-01-28T02:00:00Z", "2026-01-29T02:00:00Z"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"ErrorsActualLength": 2}, "Success, with 2 errors in the log"),
        ({"ErrorsActualLength": 1}, "Success, with 1 error in the log"),
        ({"FilesWithError": 3}, "3 files could not be read"),
        (
            {"ExaminedFiles": 0, "DeletedFiles": 4711},
            "Nothing examined, 4,711 files deleted: is the source mounted?",
        ),
    ],
)
def test_a_success_that_is_none_is_a_warning_with_its_reason(
    site: Site, told: dict[str, int], why: str
) -> None:
    site.record(duplicati(SECOND, extra=None, **told))  # type: ignore[arg-type]
    (run,) = site.runs()
    assert (run.status, message_of(run.message), site.job().health) == ("warning", why, "warning")
    last = site.read(f"/api/lastbackup/{site.servers()[0].id}")
    assert (last["data"]["lastBackup"]["status"], last["latest_backup"]["status"]) == ("warning", "Warning")
    assert why in site.page(f"/runs/{run.id}").text


def test_nothing_examined_where_something_was_is_a_warning_until_it_is_back(site: Site) -> None:
    site.record(duplicati(FIRST))
    for start in (SECOND, THIRD):
        body = duplicati(start, ExaminedFiles=0, SizeOfExaminedFiles=0)
        site.record(body)
        assert site.record(body)["duplicate"]
    first, *later = sorted(site.runs(), key=lambda run: run.order_at)
    assert first.status == "success"
    why = "Nothing examined, where the run before examined 1,250 files: is the source mounted?"
    assert {(run.status, message_of(run.message)) for run in later} == {("warning", why)}
    for delivery in site.deliveries():
        assert read_again(site.db, site.writes, delivery.id, max_log_lines=100) == "repeat"
    site.record(duplicati("2026-01-30T02:00:00Z"))
    assert site.job().health == "ok"


def test_a_first_run_of_nothing_is_no_warning_nor_is_a_dry_run_or_another_operation(site: Site) -> None:
    site.record(duplicati(FIRST, ExaminedFiles=0))
    site.record(duplicati(SECOND, Dryrun=True, ExaminedFiles=0, DeletedFiles=5, FilesWithError=1))
    site.record(duplicati(THIRD, operation="Restore", DeletedFiles=5, ErrorsActualLength=0))
    assert {run.status for run in site.runs()} == {"success"}


def test_a_script_that_saw_no_files_where_some_were_is_a_warning_too(site: Site) -> None:
    site.record(simple(job="Documents", start=FIRST, files=10))
    site.record(simple(job="Documents", start=SECOND, files=0))
    assert [run.status for run in sorted(site.runs(), key=lambda run: run.order_at)] == ["success", "warning"]


def test_a_text_report_is_weighed_as_well(site: Site) -> None:
    site.record(
        form(
            "Duplicati Backup report for Documents\n\nParsedResult: Success\nExaminedFiles: 5\nFilesWithError: 2"
        )
    )
    assert [(run.status, message_of(run.message)) for run in site.runs()] == [
        ("warning", "2 files could not be read")
    ]


def test_protocols_and_exports_say_it_in_english_and_pages_in_the_language_of_who_reads(site: Site) -> None:
    site.record(duplicati(SECOND, FilesWithError=1204))
    (run,) = site.runs()
    key = {"X-Api-Key": site.key(Scope.READ)}
    english, german = "1,204 files could not be read", "1.204 Dateien ließen sich nicht lesen"
    jobs, runs = site.read("/api/v1/jobs", **key), site.read("/api/v1/runs", **key)
    assert (jobs["jobs"][0]["latest_run"]["message"], runs["runs"][0]["message"]) == (english, english)
    assert english in jobs["jobs"][0]["reason"]
    assert site.read(f"/api/v1/runs/{run.id}", **key)["message"] == english
    assert f",{english}" in site.page(f"/jobs/{run.job_id}.csv").text.replace('"', "")
    rows = [json.loads(line) for line in export.lines_of_job(site.db, run.job_id, "", site.now())]
    told = {row["table"]: row for row in rows if "table" in row}
    assert (told["run"]["message"], told["job"]["last_message"]) == (english, english)
    assert json.loads(told["transition"]["reason"])[0]["message"] == english
    client = site.client()
    owner = the_account(site.db, "main")
    assert owner is not None
    sign_in(client, session(site.db, owner.id, site.now()))
    for page in ("/", f"/jobs/{run.job_id}", f"/runs/{run.id}"):
        assert german in client.get(page, headers={"Accept-Language": "de"}).text
