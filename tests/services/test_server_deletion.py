"""A server is deleted with all that it has, and put into the archive and taken out of it."""

import json

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import export
from duplistat.services.servers.deletion import delete_server, delete_server_rows
from duplistat.services.servers.settings import ServerChanges, set_server
from duplistat.services.worker_context import WorkerContext
from duplistat.store import background_tasks, job_rows, jobs, server_rows, servers
from duplistat.store import export as export_store
from tests.services.test_merging import BY, NEW, OLD, begin, fill, merged, send, state
from tests.support.site import Site

HISTORY = ("run", "run_log", "event", "transition", "delivery", "job_note", "merge_row", "server_merge")


def delete(site: Site, server: int) -> None:
    site.writes.run(delete_server, server=server, by=BY, now=site.now())


def finish(site: Site, server: int) -> int:
    """Take all steps; how many."""
    steps = 0
    while not site.writes.run(delete_server_rows, server=server, now=site.now())["done"]:
        steps += 1
    return steps


def notify(site: Site, device: str, number: int) -> None:
    event = {
        "deviceName": device, "timestamp": f"2026-01-20T03:0{number}:00Z", "severity": "info", "type": "t"
    }  # fmt: skip
    key = site.key(Scope.INGEST, name=f"{device}-{number}")
    answer = site.client().post("/api/ingest/notification", json=event, headers={"X-Api-Key": key})
    assert answer.status_code == 201


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_rows, "AT_ONCE", 4)
    monkeypatch.setattr(server_rows, "AT_ONCE", 4)


def test_all_that_a_server_has_is_gone_and_nothing_of_another(site: Site, few: None) -> None:
    for number in range(6):
        notify(site, "rack", number)
        notify(site, "ups", number)
    send(site, 1, "other-machine", server="elsewhere")
    others = state(site.db, ("run", "run_log", "transition"))
    rack, _ = site.servers()[:2]
    fill(site)
    for server in site.servers():
        if server.name in ("nas", "rack"):
            delete(site, server.id)
            assert finish(site, server.id) > 1
    assert sorted(server.name for server in site.servers()) == ["elsewhere", "ups"]
    left = state(site.db, ("run", "run_log", "transition"))
    assert {table: left[table] for table in others if table != "sums"} == {
        table: others[table] for table in others if table != "sums"
    }
    assert site.db.rows("SELECT count(*) FROM event") == [(6,)]
    assert site.db.rows("SELECT count(*) FROM delivery") == [(7,)]
    assert servers.by_id(site.db, (1,), rack.id) is None


def test_what_it_stored_is_no_longer_summed_and_what_it_ran_stays_counted(site: Site) -> None:
    fill(site)
    before = site.summary()
    for number in (1, 2):
        delete(site, number)
        finish(site, number)
    after = site.summary()
    assert (after["totalServers"], after["totalStorageUsed"], after["totalBackupSize"]) == (0, 0, 0)
    assert after["totalBackupsRuns"] == before["totalBackupsRuns"]


def test_from_the_first_moment_on_a_report_makes_it_anew(site: Site) -> None:
    fill(site)
    delete(site, 1)
    assert servers.by_id(site.db, (1,), 1) is not None
    answer = send(site, 28, OLD)
    assert (answer["serverId"], answer["duplicate"]) == (3, False)
    finish(site, 1)
    assert [server.id for server in site.servers()] == [2, 3]
    assert (
        len(site.db.rows("SELECT id FROM run WHERE job_id IN (SELECT id FROM job WHERE server_id = 3)")) == 1
    )


def test_what_was_merged_into_it_goes_with_it(site: Site, few: None) -> None:
    fill(site)
    merged(site)
    delete(site, 2)
    assert send(site, 28, OLD)["serverId"] != 2
    finish(site, 2)
    for table in ("merge_row", "server_merge", "server_identity"):
        assert site.db.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_what_is_being_merged_is_not_deleted_and_nothing_is_deleted_twice(site: Site) -> None:
    fill(site)
    send(site, 1, "third", server="third")
    begin(site)
    for server in (1, 2):
        with pytest.raises(DuplistatError, match="is being merged"):
            delete(site, server)
    delete(site, 3)
    with pytest.raises(DuplistatError, match="already running"):
        delete(site, 3)
    with pytest.raises(DuplistatError, match="server not found"):
        delete(site, 99)


def test_the_scheduler_does_it(site: Site) -> None:
    fill(site)
    delete(site, 1)
    worker = BackgroundTaskWorker(WorkerContext(site.config, site.db, site.writes, site.now))
    assert worker.poll()
    worker.join(20)
    assert not background_tasks.unended(site.db, "delete_server")
    assert [server.id for server in site.servers()] == [2]
    noted = site.db.rows("SELECT action, who, before FROM audit")
    assert noted[0][:2] == ("server.delete", "ada@example.org")
    assert json.loads(noted[0][2]) == {"name": "nas", "jobs": 2, "runs": 19, "events": 0}


def test_steps_on_a_server_that_nobody_asked_to_delete_do_nothing(site: Site) -> None:
    fill(site)
    assert finish(site, 1) == 0
    assert len(site.servers()) == 2


def test_the_export_of_a_server_holds_each_of_its_rows_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_store, "AT_ONCE", 3)
    notify(site, "nas", 1)
    fill(site)
    for number, of_one in ((1, {"server": 1, "event": 1, "delivery": 1}), (2, None)):
        head, *rows = [
            json.loads(line) for line in export.lines_of_server(site.db, number, "nas", site.now())
        ]
        assert head == {"export": "duplistat", "made_at": "2026-01-28T12:00:00.000Z", "server": "nas"}
        found: dict[str, int] = {}
        for row in rows:
            found[row["table"]] = found.get(row["table"], 0) + 1
        keys = [(row["table"], row.get("id", row.get("run_id"))) for row in rows]
        assert len(keys) == len(set(keys))
        if of_one:
            assert found == of_one
        else:
            assert (found["job"], found["run"], found["run_log"], found["delivery"]) == (2, 19, 19, 19)
    assert server_rows.counted(site.db, 2).runs == 19


def archive(site: Site, server: int, archived: bool = True) -> None:
    site.writes.run(set_server, server=server, changes={"archived": archived}, by=BY, now=site.now())


def test_nothing_is_expected_of_what_is_in_the_archive(site: Site) -> None:
    fill(site)
    assert {job.health for job in site.jobs() if job.server_id == 2 and job.name == "Documents"} == {
        "overdue"
    }
    archive(site, 2)
    site.now.forward(days=40)
    site.sweep()
    assert {job.health for job in jobs.of_server(site.db, 2)} == {"paused"}
    archive(site, 2, archived=False)
    assert {job.health for job in site.jobs() if job.server_id == 2 and job.name == "Documents"} == {
        "overdue"
    }


def test_a_job_that_was_in_the_archive_before_stays_there(site: Site) -> None:
    fill(site)
    music = site.job("Music")
    site.set_job(music, archived=True)
    site.now.forward(hours=1)
    archive(site, 2)
    archive(site, 2, archived=False)
    assert {job.name: job.archived_at is None for job in jobs.of_server(site.db, 2)} == {
        "Documents": True,
        "Music": False,
    }


def test_what_reports_comes_back_from_the_archive_by_itself(site: Site) -> None:
    fill(site)
    archive(site, 2)
    # What happened before says nothing of now.
    send(site, 27, NEW)
    assert site.servers()[1].archived_at is not None
    site.now.forward(days=1)
    site.record(
        {
            "server": {"name": "x"},
            "backup": {"name": "y", "status": "success", "startTime": "2026-01-29T02:00:00Z"},
        }
    )
    assert site.servers()[1].archived_at is not None
    send(site, 29, NEW)
    assert site.servers()[1].archived_at is None
    assert all(job.archived_at is None for job in jobs.of_server(site.db, 2))
    found = site.db.rows("SELECT action, who, subject FROM audit ORDER BY id")
    assert found == [("server.set", "ada@example.org", "nas"), ("server.bring_back", "report", "nas")]


def test_an_event_brings_it_back_too(site: Site) -> None:
    notify(site, "rack", 1)
    archive(site, 1)
    notify(site, "rack", 2)
    assert site.servers()[0].archived_at is not None
    site.db.change("UPDATE server SET archived_at = archived_at - ?", (30 * 86_400_000,))
    notify(site, "rack", 3)
    assert site.servers()[0].archived_at is None


def test_words_about_a_server_are_cut_noted_and_taken_away(site: Site) -> None:
    fill(site)
    words: ServerChanges = {"alias": "  the   attic ", "group_name": "home", "notes": "a\r\nb "}
    site.writes.run(set_server, server=1, changes=words, by=BY, now=site.now())
    server = site.servers()[0]
    assert (server.alias, server.group_name, server.notes) == ("the attic", "home", "a\nb")
    (noted,) = site.db.rows("SELECT action, subject, before, after FROM audit")
    assert noted[:2] == ("server.set", "nas")
    assert json.loads(noted[3]) == {"alias": "the attic", "group_name": "home", "notes": "a\nb"}
    words = {"alias": "", "group_name": "", "notes": ""}
    site.writes.run(set_server, server=1, changes=words, by=BY, now=site.now())
    assert (site.servers()[0].alias, site.servers()[0].label) == (None, "nas")
    with pytest.raises(DuplistatError, match="at most 10000 characters"):
        site.writes.run(set_server, server=1, changes={"notes": "x" * 10_001}, by=BY, now=site.now())


def test_what_merges_put_away_goes_with_the_account(site: Site) -> None:
    fill(site)
    merged(site)
    account = site.account("customer")
    with site.db.transaction():
        for table in ("server", "job", "run", "delivery", "server_merge"):
            site.db.change(f"UPDATE {table} SET account_id = ?", (account,))
    while True:
        with site.db.transaction():
            if not export_store.delete_some(site.db, (account,)):
                break
    assert site.db.rows("SELECT count(*) FROM merge_row") == [(0,)]
