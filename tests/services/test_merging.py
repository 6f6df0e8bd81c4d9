"""Two servers of an account become one, and two again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Health
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.access.api_keys import Scope
from duplistat.services.audit import Actor
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.maintenance.retention import prune_table
from duplistat.services.servers import merge as server_merge
from duplistat.services.servers import unmerge
from duplistat.services.servers.deletion import delete_server
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.services.worker_context import WorkerContext
from duplistat.store import job_lists, merges, runs, totals
from duplistat.store.database import Database
from duplistat.store.runs import Run
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.made_once import made_once
from tests.support.site import Site

BY: Actor = {"user": None, "who": "ada@example.org", "address": "127.0.0.1"}
OLD, NEW = "old-machine", "new-machine"
KEYS = (Scope.INGEST,)
# Everything that reports leave behind.
TABLES = ("server", "job", "run", "run_log", "event", "transition", "delivery", "job_note")


def night(day: int, machine: str, **more: Any) -> dict[str, Any]:
    """A report of the night of that day of January."""
    lines = [f"2026-01-{day:02} 02:00:00 +00 - [Warning-a-b]: night {day}"]
    statistics = {"BytesUploaded": 1000 + day, "KnownFileSize": 500_000 + day}
    body = duplicati(f"2026-01-{day:02}T02:00:00Z", machine=machine, statistics=statistics, **more)
    return body | {"LogLines": lines}


def send(site: Site, day: int, machine: str, **more: Any) -> dict[str, Any]:
    """Post the report of a night when it ended; what was answered."""
    kept = site.now.at
    site.now.at = ms(f"2026-01-{day:02}T02:10:00Z")
    answer = site.record(night(day, machine, **more))
    site.now.at = kept
    told: dict[str, Any] = {"duplicate": False} | answer | answer["data"]
    return told


def history(machines: tuple[str, str] = (OLD, NEW)) -> list[tuple[int, str, dict[str, Any]]]:
    """Nights of a machine that got a new id on the 15th; three nights were told under both."""
    old, new = machines
    told: list[tuple[int, str, dict[str, Any]]] = []
    for day in range(1, 28):
        result = "Error" if day == 9 else "Warning" if day in (5, 17) else "Success"
        if day <= 17:
            told.append((day, old, {"result": result, "SizeOfExaminedFiles": 10_000 + day}))
        if day >= 15:
            told.append((day, new, {"result": result, "SizeOfExaminedFiles": 10_000 + day}))
    told.append((3, old, {"job": "Pictures"}))
    told.append((20, new, {"job": "Music"}))
    told.append((4, old, {"operation": "Restore"}))
    return told


@made_once
def fill(site: Site) -> None:
    for day, machine, more in history():
        send(site, day, machine, **more)
        site.learn()
        site.sweep()
    site.sweep()


def state(db: Database, tables: tuple[str, ...] = TABLES) -> dict[str, Any]:
    """Every row that is there, and what the sums come to."""
    found: dict[str, Any] = {}
    for table in tables:
        cursor = db.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]
        for row in rows:
            # What the clock has to count still is not of what reports left behind.
            row.pop("sums_from", None)
        found[table] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    found["sums"] = sums(db)
    return found


def plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def sums(db: Database) -> list[Any]:
    kept = db.rows("SELECT success, warning, failed, other, uploaded, size, storage FROM total")
    days = db.rows(
        "SELECT day, SUM(success), SUM(warning), SUM(failed), SUM(other) FROM account_day GROUP BY day"
    )
    by_day = sorted([day, *map(int, counts)] for day, *counts in days if any(counts))
    return [[sum(int(row[place]) for row in kept) for place in range(7)], by_day]


def counted(db: Database) -> list[int]:
    """What the sums must come to: counted from the runs and jobs that are there."""
    outcomes: dict[str, int] = dict(
        db.rows("SELECT status, count(*) FROM run WHERE operation = 'backup' GROUP BY status")
    )
    uploaded = db.rows("SELECT COALESCE(SUM(uploaded), 0) FROM run WHERE operation = 'backup'")[0][0]
    size, storage = db.rows("SELECT COALESCE(SUM(size), 0), COALESCE(SUM(storage), 0) FROM job")[0]
    told = [outcomes.get(name, 0) for name in ("success", "warning", "error")]
    return [*told, 0, int(uploaded), int(size), int(storage)]


def begin(site: Site, into: int = 2, gone: int = 1, sees: tuple[int, ...] = (1,)) -> int:
    return site.writes.run(merge_servers, into=into, gone=gone, sees=sees, by=BY, now=site.now())


def step(site: Site, merge: int) -> bool:
    return site.writes.run(merge_step, merge=merge, now=site.now())


def merged(site: Site, into: int = 2, gone: int = 1) -> int:
    merge = begin(site, into, gone)
    assert server_merge.carry_on(site.writes, merge, site.now())
    return merge


def begin_undo(site: Site, merge: int, sees: tuple[int, ...] = (1,)) -> int:
    return site.writes.run(unmerge_servers, merge=merge, sees=sees, by=BY, now=site.now())["server"]


def undone(site: Site, merge: int) -> int:
    back = begin_undo(site, merge)
    assert server_merge.carry_on(site.writes, merge, site.now())
    return back


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of four rows, so that there are many."""
    monkeypatch.setattr(server_merge, "AT_ONCE", 4)
    monkeypatch.setattr(unmerge, "AT_ONCE", 4)


def test_what_is_merged_is_as_if_one_machine_had_told_of_it(site: Site) -> None:
    fill(site)
    merged(site)
    documents = site.job()
    nights = [run.order_at for run in site.runs() if run.operation == "backup"]
    assert nights == [ms(f"2026-01-{day:02}T02:00:00Z") for day in range(1, 28)]
    assert len(site.runs()) == 27 + 1
    assert sums(site.db)[0] == counted(site.db)
    assert (documents.last_order, documents.last_success_at) == (ms("2026-01-27T02:00:00Z"),) * 2
    assert (documents.size, documents.size_before, documents.storage) == (10_027, 10_026, 500_027)
    assert documents.restore_at == ms("2026-01-04T02:00:00Z")
    # It was not heard of in the last night, under either identity.
    assert documents.days == "sssswsssfsssssssw" + "s" * 10 + "l"
    assert documents.health == "overdue"
    assert documents.expected_at == ms("2026-01-28T02:00:00Z")


def test_every_job_has_one_place(site: Site) -> None:
    fill(site)
    merged(site)
    assert [(server.id, server.name) for server in site.servers()] == [(2, "nas")]
    assert sorted(job.name for job in site.jobs()) == ["Documents", "Music", "Pictures"]
    assert {job.server_id for job in site.jobs()} == {2}


def test_the_summary_is_the_same_but_for_what_was_there_twice(site: Site) -> None:
    fill(site)
    before, answered = totals.summary(site.db, (1,), site.now()), site.summary()
    merge = merged(site)
    # Three nights were told twice; one server and one job are gone, and what that job had.
    expected = replace(
        before,
        servers=1,
        jobs=3,
        healths={**before.healths, Health.OVERDUE: before.overdue - 1},
        success=before.success - 2,
        warning=before.warning - 1,
        uploaded=before.uploaded - (1015 + 1016 + 1017),
        size=before.size - 10_017,
        storage=before.storage - 500_017,
    )
    assert totals.summary(site.db, (1,), site.now()) == expected
    undone(site, merge)
    assert totals.summary(site.db, (1,), site.now()) == before
    assert site.summary() == answered


def test_without_anything_told_twice_no_run_or_byte_is_lost(site: Site) -> None:
    for day in range(1, 5):
        send(site, day, OLD)
        send(site, day + 10, NEW)
    before = site.summary()
    merged(site)
    after = site.summary()
    for name in ("totalBackupsRuns", "totalUploadedSize"):
        assert after[name] == before[name]


def test_after_undo_everything_is_as_before(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site)
    assert state(site.db) != before
    assert undone(site, merge) == 1
    assert state(site.db) == before
    assert state(site.db, ("server_merge", "merge_row", "server_identity")) == {
        "server_merge": [],
        "merge_row": [],
        "server_identity": [],
        "sums": before["sums"],
    }


def test_what_is_learned_meanwhile_does_not_stand_in_the_way_of_that(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site)
    assert site.learn() == 1
    assert site.job().learned != before["job"][0]["learned"]
    undone(site, merge)
    assert state(site.db) == before


def test_what_was_merged_before_an_upgrade_dropped_a_column_can_be_undone(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site)
    kept = site.db.rows("SELECT item, content FROM merge_row WHERE content LIKE '%told_next%'")
    assert kept
    for item, content in kept:
        noted = json.loads(content)
        for row in (noted["row"], noted["before"], noted["after"]):
            row["told_at"] = ms("2026-01-27T02:00:00Z")
        site.db.execute(
            "UPDATE merge_row SET content = ? WHERE item = ? AND content = ?",
            (json.dumps(noted), item, content),
        )
    undone(site, merge)
    assert state(site.db) == before


def test_what_was_merged_before_jobs_counted_their_runs_can_be_undone(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site)
    for item, content in site.db.rows("SELECT item, content FROM merge_row WHERE content LIKE '%told_next%'"):
        noted = json.loads(content)
        for row in (noted["row"], noted["before"], noted["after"]):
            del row["runs"]
        site.db.execute(
            "UPDATE merge_row SET content = ? WHERE item = ? AND content = ?",
            (json.dumps(noted), item, content),
        )
    undone(site, merge)
    assert state(site.db) == before


def test_the_other_way_round_it_is_the_same(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site, into=1, gone=2)
    assert [run.order_at for run in site.runs()][-1] == ms("2026-01-27T02:00:00Z")
    assert sums(site.db)[0] == counted(site.db)
    assert site.job().size == 10_027
    undone(site, merge)
    assert state(site.db) == before


def test_a_merge_that_was_cut_short_goes_on_or_is_undone_wherever_it_was(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    merge = merged(site)
    whole = state(site.db)
    undone(site, merge)
    cut = 0
    while True:
        merge = begin(site)
        ended = any(step(site, merge) for _ in range(cut))
        assert sums(site.db)[0] == counted(site.db)
        undone(site, merge)
        assert state(site.db) == before, f"after {cut} steps"
        merge = begin(site)
        for _ in range(cut):
            step(site, merge)
        assert server_merge.carry_on(site.writes, merge, site.now())
        assert state(site.db) == whole, f"after {cut} steps"
        undone(site, merge)
        if ended:
            break
        cut += 3
    assert cut > 9


def test_undoing_that_was_cut_short_goes_on_wherever_it_was(site: Site, few: None) -> None:
    fill(site)
    before = state(site.db)
    for cut in (0, 1, 3, 5, 8):
        merge = merged(site)
        begin_undo(site, merge)
        for _ in range(cut):
            step(site, merge)
        assert sums(site.db)[0] == counted(site.db)
        # To ask for it again is no harm.
        assert undone(site, merge) == 1
        assert state(site.db) == before, f"after {cut} steps"


def test_what_is_reported_again_is_known(site: Site) -> None:
    fill(site)
    merge = merged(site)
    runs = {run.id for job in site.jobs() for run in site.runs(job.name)}
    summary = site.summary()
    for day, machine, more in history():
        answer = send(site, day, machine, **more)
        assert answer["duplicate"]
        assert answer["serverId"] == 2
        assert answer["backupId"] in runs
    assert {run.id for job in site.jobs() for run in site.runs(job.name)} == runs
    assert {k: v for k, v in site.summary().items() if k.startswith("total")} == {
        k: v for k, v in summary.items() if k.startswith("total")
    }
    undone(site, merge)
    for day, machine, more in history():
        answer = send(site, day, machine, **more)
        assert (answer["duplicate"], answer["serverId"]) == (True, 1 if machine == OLD else 2)
    assert sums(site.db)[0] == counted(site.db)


@pytest.mark.parametrize("machine", [OLD, NEW])
def test_what_is_reported_since_is_the_surviving_servers_under_either_identity(
    site: Site, machine: str
) -> None:
    fill(site)
    merged(site)
    answer = send(site, 28, machine)
    assert (answer["serverId"], answer["duplicate"]) == (2, False)
    assert len(site.servers()) == 1
    assert site.job().last_order == ms("2026-01-28T02:00:00Z")


def test_after_undo_runs_that_came_since_stay_with_the_job_they_are_in(site: Site) -> None:
    fill(site)
    before = {job.name: job.last_order for job in site.jobs() if job.server_id == 1}
    merge = merged(site)
    send(site, 28, OLD)
    send(site, 28, OLD, job="Pictures")
    send(site, 28, OLD, job="Since")
    undone(site, merge)
    places = {(job.server_id, job.name): job for job in site.jobs()}
    since = ms("2026-01-28T02:00:00Z")
    # The joined job stays with the surviving server, and with it what came since …
    assert places[2, "Documents"].last_order == since
    assert places[1, "Documents"].last_order == before["Documents"]
    # … what went over as a whole goes back as a whole …
    assert places[1, "Pictures"].last_order == since
    # … and what is new stays.
    assert places[2, "Since"].last_order == since
    assert places[2, "Documents"].days == "ssw" + "s" * 11
    assert sums(site.db)[0] == counted(site.db)
    assert places[2, "Documents"].size_before == 10_027


def test_while_it_is_under_way_reports_of_both_are_taken_in(site: Site, few: None) -> None:
    fill(site)
    merge = begin(site)
    send(site, 28, OLD)
    while not step(site, merge):
        send(site, 28, NEW)
        send(site, 3, OLD, job="Pictures")
        assert sums(site.db)[0] == counted(site.db)
    assert [run.order_at for run in site.runs()][-1] == ms("2026-01-28T02:00:00Z")
    assert len(site.runs()) == 29
    assert site.job().size_before == 10_027
    undone(site, merge)
    assert sums(site.db)[0] == counted(site.db)
    assert {job.server_id: job.last_order for job in site.jobs() if job.name == "Documents"} == {
        1: ms("2026-01-17T02:00:00Z"),
        2: ms("2026-01-28T02:00:00Z"),
    }


def test_ids_that_were_given_away_meanwhile_are_no_obstacle(site: Site) -> None:
    send(site, 1, NEW)
    send(site, 2, NEW)
    send(site, 1, OLD)
    send(site, 2, OLD, result="Warning")
    merge = merged(site, into=1, gone=2)
    for number in range(3):
        send(site, 5 + number, f"other-{number}", server=f"other-{number}")
    back = undone(site, merge)
    assert sums(site.db)[0] == counted(site.db)
    documents = next(job for job in site.jobs() if job.server_id == back)
    runs = list(map(site.run, job_runs(site, documents.id)))
    assert [run.status for run in runs] == ["success", "warning"]
    assert documents.last_run == runs[-1].id
    told = {delivery.run for delivery in site.deliveries() if delivery.job == documents.id}
    assert told == {run.id for run in runs}
    assert send(site, 2, OLD, result="Warning")["backupId"] == runs[-1].id


def job_runs(site: Site, job: int) -> list[int]:
    return [row[0] for row in site.db.rows("SELECT id FROM run WHERE job_id = ? ORDER BY order_at", (job,))]


def test_what_is_set_stays_and_what_is_not_comes_from_the_other(site: Site) -> None:
    fill(site)
    with site.db.transaction():
        site.db.change(
            "UPDATE server SET alias = 'cellar', notes = 'old notes', group_name = 'home', web_url = 'http://a/'"
            " WHERE id = 1"
        )
        site.db.change("UPDATE server SET notes = 'new notes' WHERE id = 2")
        site.db.change("UPDATE job SET grace_ms = 60000, tags = '[\"a\"]' WHERE server_id = 1")
        site.db.change("UPDATE job SET tags = '[\"b\"]' WHERE server_id = 2")
        site.db.change("INSERT INTO job_note (job_id, text) SELECT id, 'note' FROM job WHERE server_id = 1")
    before = state(site.db)
    merge = merged(site)
    (server,) = site.servers()
    assert (server.alias, server.notes, server.group_name, server.web_url) == (
        "cellar",
        "new notes",
        "home",
        "http://a/",
    )
    assert (site.job().grace_ms, site.job().tags) == (60_000, '["b"]')
    assert site.db.rows("SELECT text FROM job_note WHERE job_id = ?", (site.job().id,)) == [("note",)]
    undone(site, merge)
    assert state(site.db) == before


def test_what_was_changed_since_stays_changed(site: Site) -> None:
    fill(site)
    with site.db.transaction():
        site.db.change("UPDATE server SET alias = 'cellar' WHERE id = 1")
    merge = merged(site)
    with site.db.transaction():
        site.db.change("UPDATE server SET alias = 'attic' WHERE id = 2")
    undone(site, merge)
    assert [server.alias for server in site.servers()] == ["cellar", "attic"]


def test_a_proposal_is_settled_by_the_merge_and_comes_back(site: Site) -> None:
    fill(site)
    assert [server.may_be_id for server in site.servers()] == [None, 1]
    merge = merged(site, into=1, gone=2)
    assert [server.may_be_id for server in site.servers()] == [None]
    undone(site, merge)
    assert [server.may_be_id for server in site.servers()] == [None, 1]
    merged(site, into=2, gone=1)
    assert [server.may_be_id for server in site.servers()] == [None]


def test_events_are_one_list_and_two_again(site: Site, few: None) -> None:
    for number in range(10):
        for sender in ("a", "b") if number < 3 else ("a",):
            event = {
                "deviceName": "ups", "timestamp": f"2026-01-20T0{number}:00:00Z", "severity": "info",
                "type": "t", "message": f"event {number}", "sender": sender,
            }  # fmt: skip
            key = site.key(*KEYS, name=f"k{number}{sender}")
            answer = site.client().post("/api/ingest/notification", json=event, headers={"X-Api-Key": key})
            assert answer.status_code == 201
    before = state(site.db)
    merge = merged(site)
    assert site.db.rows("SELECT server_id, count(*) FROM event GROUP BY server_id") == [(2, 10)]
    named = {row[0] for row in site.db.rows("SELECT event FROM delivery")}
    assert named == {row[0] for row in site.db.rows("SELECT id FROM event")}
    undone(site, merge)
    assert state(site.db) == before


def test_merges_are_undone_from_the_latest_on(site: Site) -> None:
    fill(site)
    send(site, 26, "third-machine", result="Warning")
    before = state(site.db)
    first = merged(site, into=2, gone=1)
    second = merged(site, into=3, gone=2)
    assert send(site, 1, OLD)["serverId"] == 3
    with pytest.raises(DuplistatError, match="'nas' was merged into the same server after it"):
        begin_undo(site, first)
    undone(site, second)
    assert send(site, 1, OLD)["serverId"] == 2
    undone(site, first)
    after = state(site.db)
    # The report that came again in between, twice, is kept as it came.
    assert len(after.pop("delivery")) == len(before.pop("delivery")) + 2
    assert after == before


def test_a_merge_can_be_undone_for_thirty_days(site: Site) -> None:
    fill(site)
    merge = merged(site)
    site.now.forward(days=29.9)
    assert begin_undo(site, merge) == 1


def test_after_thirty_days_it_cannot_be_undone(site: Site) -> None:
    fill(site)
    merge = merged(site)
    site.now.forward(days=30.1)
    with pytest.raises(DuplistatError, match="more than 30 days old"):
        begin_undo(site, merge)


def test_what_cannot_be_merged_is_refused(site: Site) -> None:
    fill(site)
    other = site.account("other")
    with pytest.raises(DuplistatError, match="with itself"):
        begin(site, 1, 1)
    for into, gone in ((1, 99), (99, 1)):
        with pytest.raises(DuplistatError) as error:
            begin(site, into, gone)
        assert error.value.kind is Kind.NOT_FOUND
    with pytest.raises(DuplistatError) as error:
        begin(site, sees=(other,))
    assert error.value.kind is Kind.NOT_FOUND
    with site.db.transaction():
        site.db.change("UPDATE server SET account_id = ? WHERE id = 2", (other,))
    with pytest.raises(DuplistatError, match="two accounts"):
        begin(site, sees=(1, other))


def test_of_a_strangers_merge_nothing_is_known(site: Site) -> None:
    fill(site)
    merge = merged(site)
    with pytest.raises(DuplistatError) as error:
        begin_undo(site, merge, sees=(site.account("other"),))
    assert error.value.kind is Kind.NOT_FOUND


def test_one_that_is_being_merged_is_not_merged_again(site: Site) -> None:
    fill(site)
    begin(site)
    send(site, 1, "third")
    for into, gone in ((3, 2), (3, 1), (2, 3)):
        with pytest.raises(DuplistatError, match="is being merged already"):
            begin(site, into, gone)


def test_it_is_noted_who_merged_and_who_undid_it(site: Site) -> None:
    fill(site)
    undone(site, merged(site))
    found = site.db.rows("SELECT action, who, subject, before, after FROM audit ORDER BY id")
    assert [(row[0], row[1], row[2]) for row in found] == [
        ("server.merge", "ada@example.org", "nas"),
        ("server.unmerge", "ada@example.org", "nas"),
    ]
    assert json.loads(found[0][4])["merged"] == "nas"


def test_who_asks_by_the_old_name_or_id_gets_the_surviving_one(site: Site) -> None:
    send(site, 1, OLD, server="cellar")
    send(site, 2, NEW, server="attic")
    merge = merged(site)
    for name in (OLD, NEW, "cellar", "attic"):
        found = site.read(f"/api/lastbackup/{name}")
        assert found["server"]["name"] == "attic"
    assert merges.successor(site.db, (1,), 1) == 2
    undone(site, merge)
    assert site.read("/api/lastbackup/cellar")["server"]["name"] == "cellar"
    assert merges.successor(site.db, (1,), 1) is None


def test_changes_of_health_name_runs_that_are_there(site: Site, few: None) -> None:
    send(site, 1, NEW, result="Error")
    send(site, 1, OLD, result="Error")
    before = state(site.db)
    merge = merged(site)
    named = {row[0] for row in site.db.rows("SELECT run FROM transition")}
    assert named == {row[0] for row in site.db.rows("SELECT id FROM run")}
    assert job_lists.known(site.db, {(2, "Documents")}) == {(2, "Documents"): site.job().id}
    undone(site, merge)
    assert state(site.db) == before


def test_what_is_too_old_to_be_undone_is_forgotten_but_for_its_name(site: Site) -> None:
    fill(site)
    merged(site)
    moved = site.db.rows("SELECT count(*) FROM merge_row")[0][0]
    site.now.forward(days=31)
    before = site.now() - unmerge.KEPT_MS
    assert site.writes.run(prune_table, table="merges", before=before) == moved
    assert site.writes.run(prune_table, table="merges", before=before) == 0
    (merge,) = merges.into(site.db, 2)
    assert (merge.state, merge.gone_name) == (merges.CLOSED, "nas")
    with pytest.raises(DuplistatError, match="more than 30 days old"):
        begin_undo(site, merge.id)
    assert site.record(night(28, OLD))["data"]["serverId"] == 2


def test_the_scheduler_goes_on_with_what_was_begun(site: Site, few: None) -> None:
    fill(site)
    begin(site)
    worker = BackgroundTaskWorker(WorkerContext(site.config, site.db, site.writes, site.now))
    assert worker.poll()
    worker.join(20)
    assert [merge.state for merge in merges.into(site.db, 2)] == [merges.DONE]
    assert not worker.poll()


def doom(site: Site, job: int) -> None:
    site.writes.run(delete_job, job=job, **site.signature())


def finish(site: Site, job: int) -> None:
    while not site.writes.run(delete_job_rows, job=job, now=site.now())["done"]:
        pass


def delete(site: Site, job: int) -> None:
    doom(site, job)
    finish(site, job)


def runs_of(site: Site, server: int, name: str) -> list[Run]:
    """The runs of a job, oldest first."""
    (job,) = [job for job in site.jobs() if (job.server_id, job.name) == (server, name)]
    return list(runs.all_of_job(site.db, job.id))


def test_what_is_being_deleted_is_not_merged(site: Site) -> None:
    fill(site)
    send(site, 1, "third", server="third")
    site.writes.run(delete_server, server=3, **site.signature())
    for into, gone in ((1, 3), (3, 1)):
        with pytest.raises(DuplistatError, match="one of these servers is being deleted"):
            begin(site, into, gone)


def test_while_a_job_is_deleted_its_server_is_not_merged(site: Site) -> None:
    fill(site)
    old = next(job.id for job in site.jobs() if (job.server_id, job.name) == (1, "Documents"))
    doom(site, old)
    for into, gone in ((1, 2), (2, 1)):
        with pytest.raises(
            DuplistatError, match="a job of these servers is being deleted: try again when that is done"
        ):
            begin(site, into, gone)
    finish(site, old)
    left = runs_of(site, 2, "Documents")
    undone(site, merged(site))
    assert runs_of(site, 2, "Documents") == left


def test_what_is_being_deleted_is_not_made_two_again(site: Site) -> None:
    fill(site)
    merge = merged(site)
    doom(site, site.job("Music").id)
    with pytest.raises(
        DuplistatError, match="a job of the server is being deleted: try again when that is done"
    ):
        begin_undo(site, merge)
    site.writes.run(delete_server, server=2, **site.signature())
    with pytest.raises(DuplistatError, match="cannot be undone: the server is being deleted"):
        begin_undo(site, merge)


def test_while_it_is_undone_nothing_of_either_is_deleted(site: Site, few: None) -> None:
    """Also when the server came back under another id, since its own was given away."""
    send(site, 1, NEW)
    send(site, 1, OLD)
    merge = merged(site, into=1, gone=2)
    send(site, 5, "other", server="other")
    back = begin_undo(site, merge)
    for server in {1, back}:
        with pytest.raises(DuplistatError, match="is being merged"):
            site.writes.run(delete_server, server=server, **site.signature())
    for job in site.jobs():
        if job.server_id in (1, back):
            with pytest.raises(DuplistatError, match="is being merged"):
                doom(site, job.id)
    (other,) = [server.id for server in site.servers() if server.name == "other"]
    site.writes.run(delete_server, server=other, **site.signature())
    assert server_merge.carry_on(site.writes, merge, site.now())
    site.writes.run(delete_server, server=back, **site.signature())


@pytest.mark.parametrize("table", ["job", "server"])
def test_undoing_ends_though_what_came_back_is_gone(site: Site, few: None, table: str) -> None:
    """However it went: rows then stay where they are."""
    fill(site)
    merge = merged(site)
    back = begin_undo(site, merge)
    stayed = {run.order_at for run in runs_of(site, 2, "Documents")}
    with site.db.transaction():
        which = "server_id" if table == "job" else "id"
        site.db.change(f"DELETE FROM {table} WHERE {which} = ?", (back,))
    assert server_merge.carry_on(site.writes, merge, site.now())
    assert merges.into(site.db, 2) == []
    assert {run.order_at for run in runs_of(site, 2, "Documents")} == stayed
    assert site.db.rows("SELECT count(*) FROM merge_row") == [(0,)]


def test_what_was_deleted_since_is_no_obstacle_and_what_has_its_id_stays(site: Site, few: None) -> None:
    for day in (1, 2):
        send(site, day, NEW)
    for day in (3, 4):
        send(site, day, OLD)
        send(site, day, OLD, job="Pictures")
    merge = merged(site, into=1, gone=2)
    for name in ("Documents", "Pictures"):
        delete(site, site.job(name).id)
    for day in (11, 12, 13, 14):
        send(site, day, NEW)
        send(site, day, NEW, job="Music")
    back = undone(site, merge)
    assert len(runs_of(site, 1, "Documents")) == len(runs_of(site, 1, "Music")) == 4
    # The job that was joined is there again, with what is left of its runs: nothing.
    assert runs_of(site, back, "Documents") == []
    assert merges.into(site.db, 1) == []


def test_one_that_it_might_have_been_may_be_gone(site: Site) -> None:
    for machine in (NEW, OLD, "third"):
        send(site, 1, machine)
    site.db.change("UPDATE server SET may_be_id = 3 WHERE id = 1")
    site.db.change("UPDATE server SET may_be_id = NULL WHERE id <> 1")
    merge = merged(site, into=1, gone=2)
    with site.db.transaction():
        site.db.change("UPDATE server SET may_be_id = NULL WHERE id = 1")
        site.db.change("DELETE FROM server WHERE id = 3")
    assert undone(site, merge) == 2


def test_what_is_being_undone_is_not_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It began after those that are old enough were looked for."""
    fill(site)
    merge = merged(site)
    begin_undo(site, merge)
    before = state(site.db, ("server_merge", "merge_row"))
    rows = site.db.rows

    def looked_before(statement: str, parameters: Any = ()) -> Any:
        return (
            [(merge,)]
            if statement.startswith("SELECT id FROM server_merge WHERE at <")
            else rows(statement, parameters)
        )

    with monkeypatch.context() as patch:
        patch.setattr(site.db, "rows", looked_before)
        assert site.writes.run(prune_table, table="merges", before=site.now() + 1) == 0
    assert state(site.db, ("server_merge", "merge_row")) == before
    assert server_merge.carry_on(site.writes, merge, site.now())


def proofs(site: Site, job: int) -> tuple[Any, ...]:
    found = next(job_ for job_ in site.jobs() if job_.id == job)
    return (
        found.verify_at,
        found.verify_failed,
        found.verification_failed,
        found.restored_failed,
        found.health,
    )


def test_what_verifications_found_and_what_was_dismissed_goes_along_and_comes_back(site: Site) -> None:
    for day, machine, operation, result in (
        (20, OLD, "Backup", "Success"),
        (20, NEW, "Backup", "Success"),
        (21, OLD, "Test", "Error"),
        (22, NEW, "Test", "Success"),
        (23, OLD, "Restore", "Error"),
    ):
        send(site, day, machine, operation=operation, result=result)
    jobs_ = [job.id for job in site.jobs()]
    before = [proofs(site, job) for job in jobs_]
    assert [one[-1] for one in before] == ["failed", "ok"]
    merge = merged(site)
    assert proofs(site, jobs_[1]) == (ms("2026-01-22T02:00:00Z"), 0, False, 1, "warning")
    undone(site, merge)
    assert [proofs(site, job) for job in jobs_] == before


def test_a_dismissal_covers_what_it_covered_and_nothing_else_after_a_merge(site: Site) -> None:
    for day, machine in ((21, NEW), (22, OLD)):
        send(site, day, machine)
        send(site, day, machine, operation="Test", result="Error")
    new, old = (job.id for job in site.jobs())
    site.writes.run(dismiss_failure, job=old, proofs=["verification"], **site.signature())
    merge = merged(site, into=site.jobs()[0].server_id, gone=site.jobs()[1].server_id)
    assert proofs(site, new)[1:3] == (1, False)
    # What comes since is not covered, and goes with the job when they are two again.
    send(site, 23, NEW, operation="Test", result="Error")
    assert proofs(site, new)[2] is True
    undone(site, merge)
    assert proofs(site, new) == (ms("2026-01-23T02:00:00Z"), 1, True, 0, "failed")
    assert proofs(site, old)[1:3] == (1, False)
