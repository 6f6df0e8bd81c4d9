"""When a server was heard of: noted by one of its reports, and nobody waits for that."""

import threading

from duplistat.services.bootstrap import main_account
from duplistat.store import servers
from duplistat.store.database import Database


def seen_at(db: Database, server: int) -> int:
    found = servers.get(db, server)
    assert found is not None
    return found.seen_at


def test_it_is_noted_and_never_goes_back(db: Database) -> None:
    server = servers.add(db, main_account(db), "machine:x", "x", "nas", "{}", 5).id
    for at in (9, 7):
        with db.transaction():
            servers.note_seen(db, server, at)
    assert seen_at(db, server) == 9


def test_reports_of_one_server_do_not_wait_for_each_others_commit(db: Database) -> None:
    server = servers.add(db, main_account(db), "machine:x", "x", "nas", "{}", 5).id
    if db.on_sqlite:
        # One process writes at a time, whatever it is.
        return
    noted, may_commit = threading.Event(), threading.Event()

    def first() -> None:
        with db.transaction():
            servers.note_seen(db, server, 100)
            noted.set()
            may_commit.wait(20)
        db.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert noted.wait(20)
    with db.transaction():
        db.execute("SET LOCAL lock_timeout = '1s'")
        servers.note_seen(db, server, 101)
    may_commit.set()
    thread.join()
    assert seen_at(db, server) == 100
