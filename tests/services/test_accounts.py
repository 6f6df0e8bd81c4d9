"""The tree of accounts: made, moved, suspended, deleted."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from click.testing import CliRunner

from duplistat.cli import main
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.oauth_clients import Scope as ClientScope
from duplistat.services.accounts import export
from duplistat.services.accounts import names as account_names
from duplistat.services.accounts import tree as account_tree
from duplistat.services.agents.registry import NewService, add_service
from duplistat.store import accounts as store
from duplistat.store import agent_tasks
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.export import TABLES
from tests.support.bodies import duplicati
from tests.support.known import id_of, the_account
from tests.support.people import People
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"


def tree(db: Database) -> dict[str, list[str]]:
    """What each account sees."""
    every = store.all_accounts(db)
    names = {account.id: account.name for account in every}
    return {a.name: sorted(names[id] for id in store.visible(db, a.id)) for a in every}


def make(site: Site, *paths: str) -> None:
    """Accounts such as "partner/customer": each below the one before its slash."""
    for path in paths:
        parent, _, name = path.rpartition("/")
        above = parent.rpartition("/")[2]
        account_tree.create(site.db, name, id_of(site.db, above) if above else None, site.now())


def upload(site: Site, account: str, **more: Any) -> int:
    """A report for an account; the status of the answer."""
    key = site.key(Scope.INGEST, Scope.READ, account=account, name=f"k{len(site.jobs())}")
    return site.post(duplicati(START, **more), headers={"X-Api-Key": key}).status_code


def test_who_sees_an_account_sees_what_is_below_it(site: Site) -> None:
    make(site, "p", "p/c", "p/c/s", "x")
    assert tree(site.db) == {
        "main": ["main"],
        "p": ["c", "p", "s"],
        "c": ["c", "s"],
        "s": ["s"],
        "x": ["x"],
    }


def test_an_account_moves_with_all_that_is_below_it(site: Site) -> None:
    make(site, "p", "p/c", "p/c/s", "x")
    account_tree.move(site.db, id_of(site.db, "c"), id_of(site.db, "x"))
    assert tree(site.db)["x"] == ["c", "s", "x"]
    assert tree(site.db)["p"] == ["p"]
    account_tree.move(site.db, id_of(site.db, "c"), None)
    assert tree(site.db) == {"main": ["main"], "p": ["p"], "c": ["c", "s"], "s": ["s"], "x": ["x"]}


def test_ids_that_begin_alike_are_not_one_below_the_other(site: Site) -> None:
    make(site, *(f"a{number}" for number in range(2, 13)))
    account_tree.create(site.db, "child", id_of(site.db, "a2"), site.now())
    account_tree.move(site.db, id_of(site.db, "a2"), id_of(site.db, "a12"))
    assert tree(site.db)["a12"] == ["a12", "a2", "child"]
    assert tree(site.db)["a3"] == ["a3"]


@pytest.mark.parametrize("parent", ["c", "s"])
def test_no_account_is_below_itself(site: Site, parent: str) -> None:
    make(site, "c", "c/s")
    before = tree(site.db)
    with pytest.raises(DuplistatError) as error:
        account_tree.move(site.db, id_of(site.db, "c"), id_of(site.db, parent))
    assert error.value.kind is Kind.INVALID
    assert tree(site.db) == before


def test_main_stays_where_it_is(site: Site) -> None:
    make(site, "p")
    with pytest.raises(DuplistatError, match="'main' cannot be moved"):
        account_tree.move(site.db, id_of(site.db, "main"), id_of(site.db, "p"))
    with pytest.raises(DuplistatError, match="'main' cannot be suspended"):
        account_tree.suspend(site.db, id_of(site.db, "main"), site.now())
    with pytest.raises(DuplistatError, match="'main' cannot be deleted"):
        account_tree.to_delete(site.db, id_of(site.db, "main"))


def test_a_zone_is_one_that_exists(site: Site) -> None:
    with pytest.raises(DuplistatError, match="'Mars/Olympus' is not a time zone"):
        account_tree.create(site.db, "p", None, site.now(), "Mars/Olympus")
    assert the_account(site.db, "p") is None


def test_a_suspended_account_is_refused_with_all_below_it(site: Site) -> None:
    make(site, "p", "p/c", "x")
    keys = {name: site.key(Scope.INGEST, account=name, name="k") for name in ("p", "c", "x")}
    assert account_tree.suspend(site.db, id_of(site.db, "p"), site.now()) == 2
    answers = {name: site.post(duplicati(START), headers={"X-Api-Key": key}) for name, key in keys.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == {"p": 403, "c": 403, "x": 200}
    assert answers["c"].get_json()["message"] == "The account of this API key is suspended"
    assert account_tree.reactivate(site.db, id_of(site.db, "p")) == 2
    assert site.post(duplicati(START), headers={"X-Api-Key": keys["c"]}).status_code == 200


def test_what_a_suspended_account_has_is_seen_from_above(site: Site) -> None:
    make(site, "p", "p/c")
    key = site.key(Scope.READ, account="p", name="reader")
    assert upload(site, "c") == 200
    account_tree.suspend(site.db, id_of(site.db, "c"), site.now())
    assert site.read("/api/summary", **{"X-Api-Key": key})["totalBackupsRuns"] == 1


def test_an_account_below_a_suspended_one_is_suspended_and_stays_so(site: Site) -> None:
    make(site, "p")
    account_tree.suspend(site.db, id_of(site.db, "p"), site.now())
    make(site, "p/c")
    assert upload(site, "c") == 403
    with pytest.raises(DuplistatError, match="its parent account 'p' is suspended"):
        account_tree.reactivate(site.db, id_of(site.db, "c"))


def test_nothing_is_moved_below_a_suspended_account_by_mistake(site: Site) -> None:
    make(site, "p", "c")
    account_tree.suspend(site.db, id_of(site.db, "p"), site.now())
    with pytest.raises(DuplistatError, match="'p' is suspended"):
        account_tree.move(site.db, id_of(site.db, "c"), id_of(site.db, "p"))


# Deleting, and the export before it.


def fill(site: Site) -> None:
    """Two customers with everything that an account can have."""
    make(site, "p", "p/c", "x")
    for name in ("c", "x"):
        owner = the_account(site.db, name)
        assert owner is not None
        key = site.key(Scope.INGEST, account=name, name="k")
        headers = {"X-Api-Key": key}
        lines = ["2026-01-28 02:00:00 +00 - [Warning-a-b]: ünlikely"]
        site.record(duplicati(START, result="Warning") | {"LogLines": lines}, headers=headers)
        site.post(b"\xff\x00 nothing", headers=headers)
        event = {"deviceName": "web", "timestamp": START, "severity": "info", "type": "t"}
        answer = site.client().post("/api/ingest/notification", json=event, headers=headers)
        assert answer.status_code == 201
        oauth_clients.create(site.db, account=owner.id, name="", scopes=list(ClientScope), now=site.now())
        People(site).signed_in(f"{name}@example.org", account=name)
        values: NewService = {"kind": "VDS", "name": "nas", "host": "nas", "port": 8200, "location": 527}
        made = site.writes.run(add_service, account=owner.id, values=values, **site.signature())
        with site.db.transaction():
            agent_tasks.add(site.db, made, agent_tasks.PROBE, site.now())
    for job in site.jobs():
        site.set_job(job, notes="Ask Eva.")


COUNTED = (
    "account_user",
    "session",
    "key",
    "client",
    "service",
    "agent_task",
    "server",
    "job",
    "run",
    "run_log",
    "transition",
    "job_note",
    "event",
    "delivery",
    "total",
    "account_day",
)


def counts(db: Database) -> dict[str, int]:
    return {table: db.rows(f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED}


def exported(site: Site, chosen: list[Account]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export.lines(site.db, chosen, site.now())]


def test_an_export_holds_every_row_of_an_account_and_of_no_other(site: Site) -> None:
    fill(site)
    head, *rows = exported(site, account_tree.to_delete(site.db, id_of(site.db, "p")))
    assert head == {"export": "duplistat", "made_at": "2026-01-28T12:00:00.000Z", "accounts": ["p", "c"]}
    found = {table: sum(row["table"] == table for row in rows) for table in TABLES}
    assert found == {
        "account": 2, "account_user": 1, "key": 1, "client": 1, "service": 1, "server": 2, "job": 1, "run": 1,
        "run_log": 1, "transition": 1, "event": 1, "delivery": 3, "job_note": 1, "audit": 5,
    }  # fmt: skip
    half = {table: number // 2 for table, number in counts(site.db).items()}
    assert {table: found[table] for table in found if table in half} == {
        table: half[table] for table in half if table in found
    }


def test_an_export_is_plain_and_keeps_secrets(site: Site) -> None:
    fill(site)
    rows = exported(site, account_tree.to_delete(site.db, id_of(site.db, "p")))
    (log,) = [row["lines"] for row in rows if row.get("table") == "run_log"]
    assert log[0][2].endswith("ünlikely")
    (unread,) = [r for r in rows if r.get("table") == "delivery" and r["outcome"] == "unrecognised"]
    assert unread["body"] == "/wAgbm90aGluZw=="
    names = ("hash", "secret_hash", "password_hash")
    secrets = [row[name] for row in rows for name in names if name in row]
    assert secrets == [None] * 3


def test_deleting_takes_all_of_an_account_and_nothing_of_another(site: Site) -> None:
    fill(site)
    before = counts(site.db)
    account_tree.delete(site.db, account_tree.to_delete(site.db, id_of(site.db, "p")), site.now())
    assert counts(site.db) == {table: number // 2 for table, number in before.items()}
    assert [account.name for account in store.all_accounts(site.db)] == ["main", "x"]


def test_a_large_account_is_deleted_in_many_short_transactions(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.store.export.AT_ONCE", 2)
    fill(site)
    head = len(exported(site, account_tree.to_delete(site.db, id_of(site.db, "p"))))
    assert head == 1 + 22
    assert (
        account_tree.delete(site.db, account_tree.to_delete(site.db, id_of(site.db, "p")), site.now()) == 12
    )
    assert the_account(site.db, "c") is None


def test_the_command_asks_and_exports_before_it_deletes(site: Site, tmp_path: Path) -> None:
    fill(site)
    words = ["account", "delete", "--name", "p", "--data", str(tmp_path)]
    environment = {"DUPLISTAT_DATABASE_URL": site.db.url}
    refused = CliRunner().invoke(main, words, input="no\n", env=environment)
    assert (refused.exit_code, the_account(site.db, "p") is None) == (1, False)
    file = tmp_path / "p.jsonl.gz"
    done = CliRunner().invoke(main, [*words, "--export", str(file)], input="p\n", env=environment)
    assert done.exit_code == 0, done.output
    assert "To be deleted, with all servers, jobs, runs and events: p, c" in done.stdout
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        assert len(list(lines)) == 23
    assert the_account(site.db, "p") is None


def test_when_the_export_cannot_be_written_nothing_is_deleted(site: Site, tmp_path: Path) -> None:
    fill(site)
    (tmp_path / "taken").write_text("precious")
    words = ["account", "delete", "--name", "p", "--yes", "--export", str(tmp_path / "taken")]
    done = CliRunner().invoke(
        main, [*words, "--data", str(tmp_path)], env={"DUPLISTAT_DATABASE_URL": site.db.url}
    )
    assert done.exit_code == 1
    assert "nothing was deleted" in done.stderr
    assert the_account(site.db, "p") is not None
    assert (tmp_path / "taken").read_text() == "precious"
    assert the_account(site.db, "p").suspended_at is None  # type: ignore[union-attr]


def test_what_is_to_be_deleted_takes_nothing_in_while_it_is_written_down(site: Site) -> None:
    fill(site)
    key = site.key(Scope.INGEST, account="c", name="late")
    chosen = account_tree.to_delete(site.db, id_of(site.db, "p"))
    account_tree.close(site.db, chosen, site.now())
    assert site.post(duplicati("2026-01-29T02:00:00Z"), headers={"X-Api-Key": key}).status_code == 403
    account_tree.reopen(site.db, chosen)
    assert site.post(duplicati("2026-01-29T02:00:00Z"), headers={"X-Api-Key": key}).status_code == 200


def test_what_was_suspended_before_stays_so_when_nothing_is_deleted(site: Site) -> None:
    make(site, "p", "p/c", "p/d")
    account_tree.suspend(site.db, id_of(site.db, "c"), site.now())
    chosen = account_tree.to_delete(site.db, id_of(site.db, "p"))
    account_tree.close(site.db, chosen, site.now())
    account_tree.reopen(site.db, chosen)
    assert [account.name for account in store.all_accounts(site.db) if account.suspended_at is not None] == [
        "c"
    ]


def test_an_export_that_fails_halfway_leaves_no_file(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site)

    def broken(*_: Any) -> Any:
        yield "{}\n"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("duplistat.services.accounts.export.lines", broken)
    file = tmp_path / "p.jsonl.gz"
    words = ["account", "delete", "--name", "p", "--yes", "--export", str(file), "--data", str(tmp_path)]
    done = CliRunner().invoke(main, words, env={"DUPLISTAT_DATABASE_URL": site.db.url})
    assert done.exit_code == 1
    assert "No space left on device" in done.stderr
    assert not file.exists()
    assert the_account(site.db, "c").suspended_at is None  # type: ignore[union-attr]


def test_what_was_on_its_way_is_in_the_export(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site)
    key = site.key(Scope.INGEST, account="c", name="late")
    lines, late = export.lines, ["2026-01-29T02:00:00Z"]

    def slow(db: Database, chosen: list[Account], now: int) -> Any:
        yield from lines(db, chosen, now)
        if late:
            store.reactivate(site.db, (chosen[1].id,))
            site.record(duplicati(late.pop()), headers={"X-Api-Key": key})

    monkeypatch.setattr("duplistat.services.accounts.export.lines", slow)
    file = tmp_path / "p.jsonl.gz"
    words = ["account", "delete", "--name", "p", "--yes", "--export", str(file), "--data", str(tmp_path)]
    done = CliRunner().invoke(main, words, env={"DUPLISTAT_DATABASE_URL": site.db.url})
    assert done.exit_code == 0, done.output
    with gzip.open(file, "rt", encoding="utf-8") as written:
        assert sum(json.loads(line).get("table") == "run" for line in written) == 2


def test_an_export_is_for_its_owner_alone(site: Site, tmp_path: Path) -> None:
    fill(site)
    file = tmp_path / "p.jsonl.gz"
    words = ["account", "delete", "--name", "p", "--yes", "--export", str(file), "--data", str(tmp_path)]
    assert CliRunner().invoke(main, words, env={"DUPLISTAT_DATABASE_URL": site.db.url}).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", ["create", "move in", "move out"])
def test_only_what_was_named_is_deleted(site: Site, change: str) -> None:
    make(site, "p", "p/c", "x")
    chosen = account_tree.to_delete(site.db, id_of(site.db, "p"))
    if change == "create":
        make(site, "p/new")
    else:
        moved, below = ("x", "p") if change == "move in" else ("c", "x")
        account_tree.move(site.db, id_of(site.db, moved), id_of(site.db, below))
    before = tree(site.db)
    for do in (account_tree.close, account_tree.delete):
        with pytest.raises(DuplistatError, match="'p' has got sub-accounts meanwhile"):
            do(site.db, chosen, site.now())
    assert tree(site.db) == before
    assert not any(account.suspended_at for account in store.all_accounts(site.db))


def test_two_that_move_at_once_make_no_ring(site: Site) -> None:
    make(site, "a", "b")
    for _ in range(20):
        account_tree.move(site.db, id_of(site.db, "a"), None)
        account_tree.move(site.db, id_of(site.db, "b"), None)
        start = Barrier(2)

        def go(name: str, parent: str, start: Barrier = start) -> None:
            start.wait()
            try:
                account_tree.move(site.db, id_of(site.db, name), id_of(site.db, parent))
            except DuplistatError:
                pass
            finally:
                site.db.close()

        with ThreadPoolExecutor(2) as both:
            list(both.map(go, ("a", "b"), ("b", "a")))
        assert sorted(len(seen) for seen in tree(site.db).values()) == [1, 1, 2]


@pytest.mark.parametrize("name", ["\0", "a\0", "\ud800"])
def test_a_name_that_no_database_takes_is_nobodys(site: Site, name: str) -> None:
    with pytest.raises(DuplistatError, match="there is no account"):
        account_names.named(site.db, name)
