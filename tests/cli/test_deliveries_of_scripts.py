"""`duplistat deliveries replay`: posts of scripts, read again. Ids stay, and so does what became of them."""

from typing import Any

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.core.event import Event
from duplistat.core.report import Report
from duplistat.formats import ingest
from tests.cli.conftest import Run
from tests.support.bodies import as_bytes
from tests.support.scripts import BACKUP, NOTIFICATION, Script, backup, events_of, notification, script_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

Patch = pytest.MonkeyPatch


@pytest.fixture
def script(site: Site) -> Script:
    return script_of(site)


def refuse_everything(monkeypatch: Patch) -> None:
    """A version that could not read anything yet."""

    def refuse(*_: object, **__: object) -> None:
        raise Unrecognised("it cannot be read")

    monkeypatch.setattr(ingest, "read_backup", refuse)
    monkeypatch.setattr(ingest, "read_notification", refuse)


def misread(monkeypatch: Patch, before: str, after: str) -> None:
    """A version that took one text for another."""
    read_backup, read_notification = ingest.read_backup, ingest.read_notification

    def backup_of(body: bytes, **more: Any) -> Report:
        return read_backup(body.replace(before.encode(), after.encode()), **more)

    def notification_of(body: bytes, **more: Any) -> Event:
        return read_notification(body.replace(before.encode(), after.encode()), **more)

    monkeypatch.setattr(ingest, "read_backup", backup_of)
    monkeypatch.setattr(ingest, "read_notification", notification_of)


def told(site: Site) -> list[tuple[str, int | None, int | None, int | None, str]]:
    return [(d.outcome, d.job, d.run, d.event, d.problem) for d in site.deliveries()]


def everything(site: Site) -> list[Any]:
    counts = [site.db.rows("SELECT id, state, format FROM delivery ORDER BY id")]
    jobs = [(job, site.runs(job.name), site.transitions(job.name)) for job in site.jobs()]
    return [site.summary(), site.servers(), jobs, events_of(site), told(site), counts]


def test_reading_everything_again_changes_nothing_when_nothing_was_wrong(
    site: Site, script: Script, run: Run
) -> None:
    script.backup(timestamp="2026-01-27T02:00:00Z", size=7, log="a line")
    script.backup(status="Running", message="begun")
    script.backup(status="Error", message="tried once")
    script.backup(status="Success", message="done", duration=60)
    script.backup(status="Error", message="tried once")
    script.backup(status="Running", message="begun")
    script.backup(status="Verified", jobName="other")
    script.notify()
    script.notify(type="ups")
    script.notify()
    script.send(BACKUP, "hello")
    script.send(NOTIFICATION, "{}")
    before = everything(site)
    for _ in range(2):
        run("deliveries", "replay", "--all")
        assert everything(site) == before
    outcomes = [row[0] for row in told(site)]
    assert outcomes[1:6] == ["recorded", "changed", "changed", "repeat", "repeat"]
    assert outcomes[6:] == ["recorded", "recorded", "recorded", "repeat", "unrecognised", "unrecognised"]


def test_what_was_replayed_still_knows_its_repeats(site: Site, script: Script, run: Run) -> None:
    script.backup(status="Error", message="one")
    ids = script.backup(status="Success", message="two")
    run("deliveries", "replay", "--all")
    assert script.backup(status="Error", message="one") == ids
    assert [row[0] for row in told(site)] == ["recorded", "changed", "repeat"]
    assert site.job("nightly").last_status == "success"


def test_a_run_that_could_not_be_read_is_recorded_after_a_fix(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    refuse_everything(monkeypatch)
    assert script.send(BACKUP, backup(sender="script")).status_code == 400
    monkeypatch.undo()
    site.now.forward(days=3)
    assert run("deliveries", "replay", "--unrecognised").stdout == "1 recorded\n"
    (found,) = site.runs("nightly")
    assert told(site) == [("recorded", found.job_id, found.id, None, "")]
    assert found.received_at == site.deliveries()[0].received_at
    assert site.servers()[0].sender == "script"
    assert script.backup(sender="script")["backupId"] == found.id


def test_a_notification_that_could_not_be_read_is_recorded_after_a_fix(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    refuse_everything(monkeypatch)
    assert script.send(NOTIFICATION, notification()).status_code == 400
    monkeypatch.undo()
    site.now.forward(days=3)
    assert run("deliveries", "replay", "--unrecognised").stdout == "1 recorded\n"
    (event,) = events_of(site)
    assert told(site) == [("recorded", None, None, event.id, "")]
    assert event.received_at == site.deliveries()[0].received_at
    assert script.notify() == event.id


def test_what_was_refused_belongs_to_the_account_of_its_key_when_it_is_read(
    site: Site, run: Run, monkeypatch: Patch
) -> None:
    customer = site.account("customer")
    theirs = script_of(site, account="customer")
    refuse_everything(monkeypatch)
    theirs.send(BACKUP, backup())
    theirs.send(NOTIFICATION, notification())
    monkeypatch.undo()
    run("deliveries", "replay", "--unrecognised")
    assert [s.account_id for s in site.servers()] == [customer]
    assert [e.account_id for e in events_of(site)] == [customer]
    assert theirs.counts() == (1, 0, 0, 0)


def test_a_run_that_was_misread_is_corrected_under_its_id(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    misread(monkeypatch, '"Success"', '"Error"')
    ids = [script.backup(timestamp=f"2026-01-{day}T02:00:00Z", size=7)["backupId"] for day in (27, 28)]
    monkeypatch.undo()
    assert script.counts() == (0, 1, 0, 0)
    assert run("deliveries", "replay", "--all").stdout == "2 corrected\n"
    assert [r.id for r in site.runs("nightly")] == ids
    assert (script.counts(), site.summary()["data"]["failedBackups"]) == ((1, 0, 0, 0), 0)
    assert script.backup(size=7)["backupId"] == ids[1]
    assert [row[0] for row in told(site)] == ["recorded", "recorded", "repeat"]


def test_a_misread_last_state_is_corrected_and_the_first_one_stays_undone(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    script.backup(status="Running", message="begun")
    misread(monkeypatch, '"Success"', '"Warning"')
    script.backup(status="Success", message="done")
    monkeypatch.undo()
    assert run("deliveries", "replay", "--all").stdout == "1 corrected, 1 repeat\n"
    (found,) = site.runs("nightly")
    assert (found.status, found.message) == ("success", "done")
    assert [row[0] for row in told(site)] == ["recorded", "changed"]


def test_a_notification_that_was_misread_is_corrected_under_its_id(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    misread(monkeypatch, '"warning"', '"info"')
    first, second = script.notify(), script.notify(type="ups")
    script.notify()
    monkeypatch.undo()
    assert run("deliveries", "replay", "--all").stdout == "2 corrected, 1 repeat\n"
    assert [(e.id, e.severity) for e in events_of(site)] == [(first, "warning"), (second, "warning")]
    assert [(row[0], row[3]) for row in told(site)] == [
        ("recorded", first),
        ("recorded", second),
        ("repeat", first),
    ]
    assert (script.notify(), script.notify(type="ups")) == (first, second)


def test_two_notifications_that_were_taken_for_one_become_two(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    misread(monkeypatch, '"ups"', '"disk_space_low"')
    first = script.notify()
    assert script.notify(type="ups") == first
    monkeypatch.undo()
    assert run("deliveries", "replay", "--all").stdout == "1 recorded, 1 repeat\n"
    found = {event.type: event.id for event in events_of(site)}
    assert sorted(found) == ["disk_space_low", "ups"]
    assert found["disk_space_low"] == first
    assert [(row[0], row[3]) for row in told(site)] == [("recorded", first), ("recorded", found["ups"])]


def test_two_misread_notifications_that_were_taken_for_one_become_two(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    bodies = [as_bytes(notification(message=f"Drive {name}")) for name in ("C", "D")]
    read = ingest.read_notification
    monkeypatch.setattr(
        ingest, "read_notification", lambda _, **more: read(as_bytes(notification(message="")))
    )
    ids = [script.told(NOTIFICATION, body)["notificationId"] for body in bodies]
    monkeypatch.undo()
    assert run("deliveries", "replay", "--all").stdout == "1 corrected, 1 recorded\n"
    assert ids[0] == ids[1]
    assert [event.message for event in events_of(site)] == ["Drive C", "Drive D"]
    assert script.told(NOTIFICATION, bodies[0])["notificationId"] == ids[0]


def test_one_notification_that_was_taken_for_two_becomes_one(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    first = script.notify()
    misread(monkeypatch, '"disk_space_low"', '"ups"')
    assert script.notify() != first
    monkeypatch.undo()
    run("deliveries", "replay", "--all")
    assert [(event.id, event.type) for event in events_of(site)] == [(first, "disk_space_low")]
    assert [row[3] for row in told(site)] == [first, first]


def test_a_notification_that_moves_to_another_device_keeps_its_id(
    site: Site, script: Script, run: Run, monkeypatch: Patch
) -> None:
    misread(monkeypatch, '"web-01"', '"web-02"')
    first = script.notify()
    monkeypatch.undo()
    assert run("deliveries", "replay", "1").stdout == "1: corrected\n1 corrected\n"
    (event,) = events_of(site)
    names = {server.id: server.name for server in site.servers()}
    assert (event.id, names[event.server_id]) == (first, "web-01")


def test_replay_takes_no_token(site: Site, script: Script, run: Run) -> None:
    for _ in range(60):
        script.backup()
    before = site.db.rows("SELECT * FROM bucket")
    run("deliveries", "replay", "--all")
    assert site.db.rows("SELECT * FROM bucket") == before
    assert script.send(BACKUP, backup()).status_code == 429


def test_the_event_of_a_delivery_is_listed(script: Script, run: Run) -> None:
    script.notify()
    lines = run("deliveries", "list").stdout.splitlines()
    assert lines[1].split()[3:] != []
    assert NOTIFICATION in lines[1]
    assert " notification " in lines[1]
