"""`duplistat deliveries`: what arrived, and reading it again."""

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.formats import recognise as formats
from duplistat.services.reports import intake
from tests.cli.conftest import Run
from tests.support.bodies import as_bytes, duplicati, form, live, text_report
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

START = "2026-01-28T02:00:00Z"


def refuse_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that could not read anything yet."""

    def refuse(*_: object, **__: object) -> None:
        raise Unrecognised("Invalid backup data format")

    monkeypatch.setattr(intake, "recognise", refuse)


def misread_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that read every result as an error, and every size as one byte."""

    def misread(body: bytes, **more: object) -> object:
        wrong = (
            body.replace(b'"Success"', b'"Error"').replace(b"1073741824", b"1").replace(b"536870912", b"1")
        )
        return formats.recognise(wrong, **more)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(intake, "recognise", misread)


def test_deliveries_are_listed_newest_first(site: Site, run: Run) -> None:
    site.record(duplicati(START))
    site.record(duplicati(START))
    site.post(b"hello", address="192.0.2.7")
    lines = run("deliveries", "list").stdout.splitlines()
    assert lines[0].split() == [
        "id", "received", "from", "endpoint", "size", "outcome", "format", "run", "problem",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert "192.0.2.7" in lines[1]
    assert "unrecognised" in lines[1]


def test_deliveries_are_listed_by_what_became_of_them(site: Site, run: Run) -> None:
    site.record(duplicati(START))
    site.record(duplicati(START))
    lines = run("deliveries", "list", "--outcome", "repeat").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2"]


def test_the_list_can_be_paged(site: Site, run: Run) -> None:
    for _ in range(5):
        site.record(duplicati(START))
    lines = run("deliveries", "list", "--limit", "2", "--before", "4").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["3", "2"]


def test_a_body_is_given_byte_for_byte(site: Site, run: Run) -> None:
    body = as_bytes(duplicati(START, job="Größe")) + b"\r\n\x00"
    site.post(body)
    assert run("deliveries", "show", "1", "--body").stdout_bytes == body


def test_a_delivery_is_shown_with_what_became_of_it(site: Site, run: Run) -> None:
    site.post(b"hello", query="?server=x")
    shown = run("deliveries", "show", "1").stdout
    assert "endpoint:     /api/upload?server=x\n" in shown
    assert "outcome:      unrecognised\n" in shown
    assert shown.endswith("\n\nhello\n")


@pytest.mark.parametrize("command", [("show", "7"), ("replay", "7")])
def test_a_delivery_that_is_gone_is_one_line(run: Run, command: tuple[str, ...]) -> None:
    result = run("deliveries", *command)
    assert (result.exit_code, result.stderr) == (1, "duplistat: there is no delivery 7\n")


def test_replay_wants_to_know_what(run: Run) -> None:
    result = run("deliveries", "replay")
    assert result.exit_code == 2
    assert "raw reports missing: give ids, --unrecognised or --all" in result.stderr


def test_a_body_that_could_not_be_read_is_recorded_after_a_fix(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_everything(monkeypatch)
    assert site.post(duplicati(START)).status_code == 400
    monkeypatch.undo()
    site.now.forward(days=3)
    assert run("deliveries", "replay", "--unrecognised").stdout == "1 recorded\n"
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.problem, kept.run) == ("recorded", "", 1)
    assert site.run(1).received_at == kept.received_at
    assert site.summary()["data"]["successfulBackups"] == 1
    assert run("deliveries", "replay", "--unrecognised").stdout == "nothing to replay\n"


def test_names_from_the_address_are_used_again(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"machine-id": "", "machine-name": None, "backup-name": None}
    refuse_everything(monkeypatch)
    site.post(duplicati(START, extra=extra), query="?server=the%20attic&backup=a%2Bb")
    monkeypatch.undo()
    run("deliveries", "replay", "1")
    assert ([s.name for s in site.servers()], [j.name for j in site.jobs()]) == (["the attic"], ["a+b"])


def test_what_still_cannot_be_read_stays_as_it_is(site: Site, run: Run) -> None:
    site.post(b"hello")
    before = site.deliveries()
    assert run("deliveries", "replay", "1").stdout == "1: unrecognised\n1 unrecognised\n"
    assert site.deliveries() == before


def test_reading_everything_again_changes_nothing_when_nothing_was_wrong(site: Site, run: Run) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z", next_run="20260128T020000Z"))
    site.record(form(text_report(START)))
    site.record(duplicati(START, next_run="20260129T020000Z"))
    site.record(duplicati(START, next_run="20260129T020000Z"))
    site.record(duplicati(START, operation="Restore"))
    site.record(live("Started", "2026-01-28T11:00:00Z", job="Other"))
    site.post(b"hello")
    before = site.summary(), site.jobs(), site.runs(), [d.run for d in site.deliveries()], site.transitions()
    run("deliveries", "replay", "--all")
    after = site.summary(), site.jobs(), site.runs(), [d.run for d in site.deliveries()], site.transitions()
    assert after == before


def test_values_that_were_misread_are_corrected_and_ids_stay(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    misread_everything(monkeypatch)
    ids = [site.record(duplicati(f"2026-01-{day}T02:00:00Z"))["data"]["backupId"] for day in (26, 27, 28)]
    monkeypatch.undo()
    assert site.summary()["data"]["failedBackups"] == 3
    assert run("deliveries", "replay", "--all").stdout == "3 corrected\n"
    assert [run.id for run in site.runs()] == ids
    assert {(run.status, run.size, run.storage) for run in site.runs()} == {
        ("success", 1073741824, 536870912)
    }
    assert (site.job().health, site.job().last_success_run) == ("ok", ids[-1])


def test_totals_follow_a_correction(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    misread_everything(monkeypatch)
    site.record(duplicati("2026-01-27T02:00:00Z"))
    site.record(duplicati(START))
    monkeypatch.undo()
    run("deliveries", "replay", "--all")
    summary = site.summary()
    assert (summary["data"]["successfulBackups"], summary["data"]["failedBackups"]) == (2, 0)
    assert (summary["totalBackupsRuns"], summary["totalUploadedSize"]) == (2, 2 * 1048576)
    assert (summary["totalStorageUsed"], summary["totalBackupSize"]) == (536870912, 1073741824)


def test_a_run_that_was_another_jobs_or_no_backup_counts_where_it_belongs(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misread(body: bytes, **more: object) -> object:
        wrong = body.replace(b'"Pictures"', b'"Documents"').replace(b'"Restore"', b'"Backup"')
        return formats.recognise(wrong, **more)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(intake, "recognise", misread)
    site.record(duplicati("2026-01-26T02:00:00Z"))
    site.record(duplicati("2026-01-27T02:00:00Z", job="Pictures"))
    site.record(duplicati(START, operation="Restore"))
    assert site.job().runs == 3
    monkeypatch.undo()
    assert run("deliveries", "replay", "--all").stdout == "2 corrected, 1 repeat\n"
    assert (site.job("Documents").runs, site.job("Pictures").runs) == (1, 1)
    assert site.summary()["totalBackupsRuns"] == 2


def test_a_text_read_again_does_not_undo_what_json_told(site: Site, run: Run) -> None:
    site.record(form(text_report(START)))
    site.record(duplicati(START))
    run("deliveries", "replay", "1")
    (found,) = site.runs()
    assert (found.precision, found.size) == ("exact", 1073741824)


def test_only_what_came_since_a_time_is_read_again(site: Site, run: Run) -> None:
    site.post(b"one")
    site.now.forward(days=1)
    site.post(b"two")
    result = run("deliveries", "replay", "--unrecognised", "--since", "2026-01-29T00:00:00Z")
    assert result.stdout == "1 unrecognised\n"
