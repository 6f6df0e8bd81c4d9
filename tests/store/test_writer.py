"""The one process that writes to SQLite: frames, groups, and what happens when something fails."""

import marshal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.causes import Cause
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.core.i18n import Text
from duplistat.now import wall_clock
from duplistat.services.people.identity import Role
from duplistat.store import accounts, writer, writer_client
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.write_health import WriteHealth
from duplistat.store.writer import LENGTH, Server, frame, listen
from duplistat.store.writer_client import Client


def create(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    made = accounts.create(db, arguments["name"], None, 0)
    if made is None:
        raise DuplistatError(Kind.INVALID, "taken")
    return {"id": made.id, "bytes": len(arguments.get("bytes", b""))}


def divide(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    accounts.create(db, "half-way", None, 0)
    return 1 / 0


def limit(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    """Let the database be no larger than it is plus so many pages."""
    (pages,) = db.row("PRAGMA page_count") or (0,)
    db.execute(f"PRAGMA max_page_count = {pages + arguments['pages']}")


def keep(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    db.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?)", (arguments["name"], "x" * arguments["size"])
    )


def grow(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    limit(db, tally, {"pages": 1000})
    keep(db, tally, {"name": "grown", "size": 1})


def grow_and_fail(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
    limit(db, tally, {"pages": 1000})
    return 1 / 0


OPERATIONS: dict[str, writer.Operation] = {
    "create": create,
    "divide": divide,
    "limit": limit,
    "keep": keep,
    "grow": grow,
    "grow_and_fail": grow_and_fail,
}


@pytest.fixture
def path(prepared_sqlite: Path, tmp_path: Path) -> Path:
    (tmp_path / "duplistat.db").write_bytes(prepared_sqlite.read_bytes())
    return tmp_path / "w.sock"


@pytest.fixture
def served(path: Path) -> Iterator[Client]:
    """A client of a writer that runs in a thread."""
    ended = threading.Event()
    listener = listen(path)
    health = WriteHealth(wall_clock)

    def run() -> None:
        db = Database(f"sqlite:///{path.parent}/duplistat.db")
        Server(db, OPERATIONS, listener, ended.is_set, health).run()
        db.close()

    thread = threading.Thread(target=run)
    thread.start()
    client = Client(path, health)
    yield client
    client.close()
    ended.set()
    thread.join()
    listener.close()


def names(path: Path) -> list[str]:
    db = Database(f"sqlite:///{path.parent}/duplistat.db")
    found = [account.name for account in accounts.all_accounts(db)]
    db.close()
    return found


def test_a_frame_comes_out_as_it_went_in() -> None:
    request = ("record", {"name": "Größe\ud83d", "at": None, "size": 2**63 - 1}, [b"", b"\0" * 70_000])
    sent = frame([request])
    assert LENGTH.unpack_from(sent) == (len(sent) - LENGTH.size,)
    assert marshal.loads(sent[LENGTH.size :]) == [request]


def test_words_of_enumerations_and_texts_go_as_plain_words() -> None:
    content = [("set", {"role": Role.ADMIN, "said": Text("{n} runs", n=2), "of": (Role.VIEWER, [1])}, [b"x"])]
    came: Any = marshal.loads(frame(content)[LENGTH.size :])
    assert came == [("set", {"role": "admin", "said": "2 runs", "of": ("viewer", [1])}, [b"x"])]
    with pytest.raises(ValueError, match="unmarshallable"):
        frame([object()])


def test_a_call_is_answered_when_it_is_committed(served: Client, path: Path) -> None:
    assert served.call("create", {"name": "a", "bytes": b"xyz"}) == {"id": 2, "bytes": 3}
    assert names(path) == ["main", "a"]


def test_an_error_of_an_operation_reaches_the_caller(served: Client) -> None:
    with pytest.raises(DuplistatError, match="taken") as error:
        served.call("create", {"name": "main"})
    assert error.value.kind is Kind.INVALID


def test_a_mistake_is_told_without_its_trace_and_leaves_nothing(served: Client, path: Path) -> None:
    with pytest.raises(DuplistatError, match="could not take this in") as error:
        served.call("divide", {})
    assert error.value.kind is Kind.UNAVAILABLE
    assert names(path) == ["main"]


def test_an_operation_that_nobody_knows_does_not_stop_the_writer(served: Client) -> None:
    with pytest.raises(DuplistatError):
        served.call("frobnicate", {})
    assert served.call("create", {"name": "a"})["id"] == 2


def test_one_that_fails_does_not_take_its_group_along(path: Path) -> None:
    db = Database(f"sqlite:///{path.parent}/duplistat.db")
    group: list[writer.Request] = [
        ("create", {"name": "a"}),
        ("divide", {}),
        ("create", {"name": "b"}),
    ]
    results = writer.apply(db, OPERATIONS, group)
    assert [type(result).__name__ for result in results] == ["dict", "ZeroDivisionError", "dict"]
    db.close()
    assert names(path) == ["main", "a", "b"]


def test_calls_from_many_threads_are_each_answered(served: Client, path: Path) -> None:
    answers: list[int] = []

    def call(number: int) -> None:
        answers.append(served.call("create", {"name": f"a{number:02}", "bytes": b"x" * 100_000})["id"])

    threads = [threading.Thread(target=call, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(2, 32))
    assert len(names(path)) == 31


def test_a_client_that_goes_away_does_not_stop_the_writer(served: Client, path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(path))
        rude.sendall(frame([("create", {"name": "rude"})])[:-3])
    assert served.call("create", {"name": "a"})["bytes"] == 0


def test_a_writer_that_is_not_there_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_client, "PATIENCE", 0.2)
    client = Client(path)
    began = time.monotonic()
    with pytest.raises(DuplistatError) as error:
        client.call("create", {"name": "a"})
    assert error.value.kind is Kind.UNAVAILABLE
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("repeatable", [False, True])
def test_a_writer_that_went_away_with_a_call_is_asked_again_only_what_may_be_done_twice(
    path: Path, repeatable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_client, "PATIENCE", 0.2)
    asked = []
    listener = listen(path)
    listener.setblocking(True)
    client = Client(path)

    def take_and_go() -> None:
        connection, _ = listener.accept()
        asked.append(marshal.loads(connection.recv(1 << 16)[LENGTH.size :]))
        connection.close()
        if repeatable:
            connection, _ = listener.accept()
            asked.append(marshal.loads(connection.recv(1 << 16)[LENGTH.size :]))
            connection.sendall(frame([{"result": "done"}]))
            connection.close()
        listener.close()

    writer_that_goes = threading.Thread(target=take_and_go)
    writer_that_goes.start()
    if repeatable:
        assert client.call("create", {}, repeatable=True) == "done"
    else:
        with pytest.raises(WriteFailed, match="it is not known whether this was saved"):
            client.call("create", {})
    writer_that_goes.join()
    client.close()
    assert asked == [[("create", {})]] * (2 if repeatable else 1)


def test_only_its_owner_can_reach_the_socket(path: Path) -> None:
    listener = listen(path)
    assert path.stat().st_mode & 0o777 == 0o600
    listener.close()


def refused(client: Client) -> str:
    """With what a write of some size is refused; "" when it is not."""
    try:
        client.call("keep", {"name": f"{time.monotonic()}", "size": 50_000})
    except WriteFailed as e:
        return e.message
    return ""


def cause(client: Client) -> Cause | None:
    failing = client.failing()
    return failing.cause if failing else None


def test_a_full_disk_is_noted_with_the_first_write_that_fails(
    served: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert cause(served) is None
    served.call("limit", {"pages": 0})
    assert refused(served) == "The database could not take this in: the disk is full"
    assert cause(served) is Cause.DISK_FULL
    for _ in range(50):
        refused(served)
    assert caplog.messages == ["writes fail: the disk is full (database or disk is full)"]


def test_a_disk_with_room_again_is_noted_with_the_first_write_that_succeeds(served: Client) -> None:
    served.call("limit", {"pages": 0})
    refused(served)
    served.call("grow", {})
    assert cause(served) is None
    assert refused(served) == ""


def test_a_disk_with_room_again_is_noted_without_any_write(
    served: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TRY_EVERY", 0.1)
    served.call("limit", {"pages": 0})
    refused(served)
    began = time.monotonic()
    with pytest.raises(DuplistatError, match="could not take this in"):
        # It allows more pages, and then fails for another reason.
        served.call("grow_and_fail", {})
    while cause(served) is not None:
        assert time.monotonic() - began < 10
        time.sleep(0.05)


def test_room_for_a_few_bytes_is_no_room(served: Client) -> None:
    served.call("limit", {"pages": 2})
    refused(served)
    assert cause(served) is Cause.DISK_FULL
    served.call("keep", {"name": "small", "size": 1})
    assert cause(served) is Cause.DISK_FULL


def test_a_mistake_is_no_failing_disk(served: Client) -> None:
    with pytest.raises(DuplistatError):
        served.call("divide", {})
    assert cause(served) is None


def test_a_file_that_was_deleted_takes_nothing_in(served: Client, path: Path) -> None:
    """Its bytes would be gone with the process."""
    served.call("create", {"name": "a"})
    file = path.parent / "duplistat.db"
    file.rename(path.parent / "elsewhere.db")
    assert "the database file is gone" in refused(served)
    assert cause(served) is Cause.FILE_GONE
    (path.parent / "elsewhere.db").rename(file)
    assert refused(served) == ""
    assert cause(served) is None


def test_a_writer_that_stays_away_is_noted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_client, "PATIENCE", 0.1)
    client = Client(path, WriteHealth(wall_clock))
    with pytest.raises(WriteFailed):
        client.call("create", {"name": "a"})
    assert cause(client) is Cause.NO_WRITER
