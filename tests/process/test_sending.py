"""From the outbox to the receiver, through real processes, one of which is killed in between."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from duplistat.config import Config
from duplistat.core.times import from_ms
from duplistat.now import wall_clock
from duplistat.services.alerts.channel_config import prepared
from duplistat.services.alerts.channels import add_channel, test_channel
from duplistat.services.audit import BY_COMMAND
from duplistat.services.commands import Direct
from duplistat.services.people.identity import Role
from duplistat.store import attempts, notices, outbox
from duplistat.store.database import Database
from duplistat.store.writer_client import socket_in
from tests.support.bodies import duplicati
from tests.support.mailbox import mail_server
from tests.support.serving import Server, command, environment, serving, until
from tests.support.signing import person

LOOPBACK = {"DUPLISTAT_ALERTS_ALLOW": "127.0.0.0/8"}


class Receiver:
    """A webhook's receiver: the ids of what it took. `hold` makes it keep its answer back."""

    def __init__(self, server: HTTPServer) -> None:
        self.ids: list[str] = []
        self.hold = threading.Event()
        self.go = threading.Event()
        self.url = server.url_for("/hook")
        server.expect_request("/hook").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self.ids.append(request.headers["webhook-id"])
        if self.hold.is_set():
            self.go.wait(60)
        return Response("thanks")


class Beside:
    """The database of a server, as a command beside it has it."""

    def __init__(self, data: Path, url: str) -> None:
        sections = {"database": {"url": url}} if url else {}
        self.config = Config(data=data, **sections)
        self.db = Database(self.config.database_url)
        self.writes = Direct(self.db, self.config)

    def channel(self, url: str, name: str = "hook") -> int:
        ready = prepared(self.config, "webhook", {"url": url})
        return self.writes.run(
            add_channel,
            account=1,
            kind="webhook",
            config=ready.config,
            shown=ready.shown,
            settings={"name": name},
            by=BY_COMMAND.plain(),
            now=wall_clock(),
        )

    def test(self, channel: int) -> int:
        return self.writes.run(test_channel, channel=channel, by=BY_COMMAND.plain(), now=wall_clock())

    def uid(self, notice: int) -> str:
        found = notices.get(self.db, notice)
        assert found is not None
        return found.uid

    def is_sent(self, notice: int) -> bool:
        found = notices.get(self.db, notice)
        return found is not None and found.result == notices.SENT

    def outcomes(self, notice: int) -> list[str]:
        return [attempt.outcome for attempt in attempts.of_notice(self.db, notice)]


test_channel.__test__ = False  # type: ignore[attr-defined]  # a command


@contextmanager
def beside(data: Path, url: str) -> Iterator[Beside]:
    made = Beside(data, url)
    try:
        yield made
    finally:
        made.db.close_all()


def test_a_served_notice_reaches_its_receiver(tmp_path: Path, empty_url: str, httpserver: HTTPServer) -> None:
    receiver = Receiver(httpserver)
    with serving(tmp_path / "data", empty_url, **LOOPBACK) as server, beside(server.data, empty_url) as b:
        notice = b.test(b.channel(receiver.url))
        until(lambda: b.is_sent(notice), "the notice")
        assert receiver.ids == [b.uid(notice)]
        assert b.outcomes(notice) == ["sent"]
        body = json.loads(httpserver.log[0][0].data)
        assert (body["type"], len(body["data"]["code"])) == ("test", 4)
        assert server.terminate() == 0, server.output()


def test_what_fails_and_is_good_again_is_mailed_to_the_administrators_of_a_fresh_install(
    tmp_path: Path, empty_url: str
) -> None:
    with mail_server() as box:
        mail = {"DUPLISTAT_MAIL_HOST": "127.0.0.1", "DUPLISTAT_MAIL_PORT": str(box.port)}
        mail |= {"DUPLISTAT_ALERTS_GATHER_SECONDS": "0", "DUPLISTAT_MAIL_SENDER": "backups@example.org"}
        with (
            serving(tmp_path / "data", empty_url, **mail) as server,
            beside(server.data, empty_url) as b,
        ):
            person(b.db, 1, Role.ADMIN, wall_clock(), "ada@example.org")
            begun = wall_clock()
            _report(server, begun - 120_000, "Fatal")
            until(lambda: box.mails, "the alarm")
            took = wall_clock() - begun
            _report(server, wall_clock() - 60_000, "Success")
            until(lambda: len(box.mails) > 1, "the recovery")
        alarm, recovery = box.mails[0], box.mails[1]
        assert alarm["To"] == recovery["To"] == "ada@example.org"
        assert "Documents" in alarm["Subject"]
        assert alarm["References"] == recovery["References"]
        assert took < 20_000


def _report(server: Server, start: int, result: str) -> None:
    text = from_ms(start).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert server.post(duplicati(text, result=result, minutes=1)).status_code == 200


def test_a_sender_that_is_killed_leaves_an_unknown_attempt_and_the_notice_goes_out_again(
    tmp_path: Path, empty_url: str, httpserver: HTTPServer
) -> None:
    receiver = Receiver(httpserver)
    receiver.hold.set()
    with serving(tmp_path / "data", empty_url, **LOOPBACK) as server, beside(server.data, empty_url) as b:
        notice = b.test(b.channel(receiver.url))
        until(lambda: receiver.ids, "the first attempt")
        sender = server.companion("send")
        assert sender is not None
        os.kill(sender, signal.SIGKILL)
        receiver.hold.clear()
        receiver.go.set()
        # What the claim would take two minutes for.
        with b.db.transaction():
            b.db.execute("UPDATE notice SET claimed_until = 1 WHERE id = ?", (notice,))
        until(lambda: b.is_sent(notice), "the second attempt", 60)
        assert b.outcomes(notice) == ["unknown", "sent"]
        assert receiver.ids == [b.uid(notice)] * 2


def test_a_sender_that_ends_in_order_says_what_it_does_not_know(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    receiver = Receiver(httpserver)
    receiver.hold.set()
    with serving(tmp_path / "data", **LOOPBACK) as server, beside(server.data, "") as b:
        notice = b.test(b.channel(receiver.url))
        until(lambda: receiver.ids, "the first attempt")
        assert server.terminate() == 0, server.output()
        assert b.outcomes(notice) == ["unknown"]
        found = notices.get(b.db, notice)
        assert found is not None
        assert (found.result, found.claimed_until) == ("", None)
        assert outbox.due(b.db, wall_clock() + 20_000, 1, [])
        receiver.go.set()


def test_a_receiver_that_hangs_does_not_delay_another(
    tmp_path: Path, empty_url: str, httpserver: HTTPServer
) -> None:
    quick = Receiver(httpserver)
    # It takes connections, and never says a word.
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        serving(tmp_path / "data", empty_url, **LOOPBACK) as server,
        beside(server.data, empty_url) as b,
    ):
        hangs = b.channel(f"http://127.0.0.1:{silent.getsockname()[1]}/", "hangs")
        lives, stuck = b.channel(quick.url), b.test(hangs)
        until(lambda: b.outcomes(stuck), "a sender")
        made = [b.test(lives) for _ in range(100)]
        until(lambda: b.is_sent(made[-1]), "the last of them", 60)
        waited = sorted(_delay(b, notice) for notice in made)
        # A quiet machine takes a few hundred ms; tests run on busy ones. The one that hangs is given up after 45 s.
        assert waited[94] < 10_000, waited
        assert b.outcomes(stuck) == [""]


def _delay(b: Beside, notice: int) -> int:
    """From when a notice was made until it was sent, ms."""
    found = notices.get(b.db, notice)
    assert found is not None
    assert found.ended_at is not None
    return found.ended_at - found.created_at


def test_senders_run_alone_beside_a_server(tmp_path: Path, empty_url: str, httpserver: HTTPServer) -> None:
    import subprocess

    receiver = Receiver(httpserver)
    more = {**LOOPBACK, "DUPLISTAT_ALERTS_SEND_WORKERS": "0"}
    with serving(tmp_path / "data", empty_url, **more) as server, beside(server.data, empty_url) as b:
        assert server.companion("send") is None
        notice = b.test(b.channel(receiver.url))
        words = ["send", "--data", str(server.data)]
        own = {**more, **({"DUPLISTAT_DATABASE_URL": empty_url} if empty_url else {})}
        with subprocess.Popen(command(*words), env=environment(**own)) as alone:
            try:
                until(lambda: b.is_sent(notice), "the notice", 60)
            finally:
                alone.terminate()
            assert alone.wait(20) == 0


@pytest.mark.long
def test_on_sqlite_nothing_is_sent_without_a_server(tmp_path: Path) -> None:
    from tests.support.serving import run

    ended = run("send", "--data", str(tmp_path))
    assert ended.returncode == 2
    assert "no server runs in the data folder" in ended.stderr


def test_beside_a_data_folder_whose_path_is_too_long_for_a_socket_it_says_so(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.support.serving import run

    folder = tmp_path / ("ü" * 60)
    folder.mkdir()
    ended = run("send", "--data", str(folder))
    assert ended.returncode == 2
    assert "is too long: on SQLite notices are sent through the socket writer.sock in it" in ended.stderr
    assert "a symbolic link to it" in ended.stderr
    assert "no server runs" not in ended.stderr
    short = tmp_path_factory.mktemp("s") / "d"
    short.symlink_to(folder)
    assert socket_in(short) == short / "writer.sock"
    assert socket_in(folder) is None


def test_links_in_messages_lead_to_the_port_of_the_command_line(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    receiver = Receiver(httpserver)
    with serving(tmp_path / "data", **LOOPBACK) as server, beside(server.data, "") as b:
        notice = b.test(b.channel(receiver.url))
        until(lambda: b.is_sent(notice), "the notice")
        body = json.loads(httpserver.log[0][0].data)
        assert body["data"]["links"]["page"].startswith(f"http://127.0.0.1:{server.port}/")
