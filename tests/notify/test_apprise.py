"""Apprise in a process of its own: what it sends, what it may not reach, and what its answers mean."""

import importlib.metadata
import importlib.util
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from duplistat.notify import apprise_process
from duplistat.notify.apprise import (
    MISSING,
    OWN_NETWORK,
    REFUSED_ARGUMENTS,
    REFUSED_SCHEMAS,
    check_url,
    missing,
    send_apprise,
    service_of,
    services,
)
from duplistat.notify.apprise_child import fitted
from duplistat.notify.apprise_process import Ended, NotStarted, Processes
from duplistat.notify.http import REFUSED
from duplistat.notify.outcome import Outcome, Result
from tests.support.messages import AT, message
from tests.support.receivers import hangs, receiver, says

ROOT = Path(__file__).parents[2]
LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    found = Processes()
    yield found
    found.close()


def post(processes: Processes, url: str, **how: Any) -> Outcome:
    how = {"message": message(), "allow": LOOPBACK, "deadline": 10, **how}
    return send_apprise(how.pop("message"), url=url, now=AT, processes=processes, **how)


def test_a_message_arrives_with_its_link(processes: Processes, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    outcome = post(processes, f"json://127.0.0.1:{httpserver.port}/hook")
    assert (outcome.result, outcome.code) == (Result.SENT, "200")
    content = json.loads(httpserver.log[0][0].data)
    assert content["title"] == "[FAILED] daily-backup on server-01: access denied to /srv"
    assert content["message"] == (
        "daily-backup failed\naccess denied to /srv\nhttps://backup.example.org/jobs/7"
    )
    assert content["type"] == "failure"
    post(processes, f"json://127.0.0.1:{httpserver.port}/hook", message=message(type="job.recovered"))
    assert json.loads(httpserver.log[1][0].data)["type"] == "success"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (302, Result.CHANNEL),
        (400, Result.TEXT),
        (401, Result.CHANNEL),
        (403, Result.TEMPORARY),
        (404, Result.CHANNEL),
        (410, Result.CHANNEL),
        (413, Result.TEXT),
        (500, Result.TEMPORARY),
    ],
)
def test_each_status_has_its_meaning(
    processes: Processes, httpserver: HTTPServer, status: int, result: Result
) -> None:
    httpserver.expect_request("/hook").respond_with_response(
        Response("no", status, {"Location": httpserver.url_for("/elsewhere")})
    )
    outcome = post(processes, f"json://127.0.0.1:{httpserver.port}/hook")
    assert (outcome.result, outcome.code) == (result, str(status))
    assert outcome.answer
    assert [request.path for request, _ in httpserver.log] == ["/hook"]


def test_retry_after_is_understood(processes: Processes, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("slow", 429, headers={"Retry-After": "30"})
    outcome = post(processes, f"json://127.0.0.1:{httpserver.port}/hook")
    assert (outcome.result, outcome.code, outcome.retry_after_ms) == (Result.TEMPORARY, "429", 30_000)


def test_an_url_cannot_set_what_is_ours(processes: Processes, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("", 302, headers={"Location": "/elsewhere"})
    url = f"json://127.0.0.1:{httpserver.port}/hook?redirect=yes&retry=3&verify=no&wait=5&overflow=split"
    request = {"url": url, "allow": LOOPBACK, "title": "t", "body": "b" * 100_000, "type": "info"}
    assert processes.ask(request, 10)["http"] == 302
    ((sent, _),) = httpserver.log
    assert len(json.loads(sent.data)["message"]) <= 32_768


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "169.254.169.254",
        "[::1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
    ],
)
def test_what_is_not_public_is_refused(processes: Processes, host: str) -> None:
    with receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as r:
        outcome = post(processes, f"json://{host}:{r.port}/", allow=("192.168.7.0/24",))
        assert r.calls == 0
    assert outcome == Outcome(Result.CHANNEL, answer=REFUSED)


def test_what_is_allowed_for_one_message_is_not_for_the_next(processes: Processes) -> None:
    with receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as r:
        for allow, result in [(LOOPBACK, Result.SENT), (("10.0.0.0/8",), Result.CHANNEL)] * 2:
            assert post(processes, f"json://127.0.0.1:{r.port}/", allow=allow).result is result
        assert r.calls == 2


def test_a_connection_that_fails_is_temporary_and_one_that_is_cut_unknown(processes: Processes) -> None:
    with receiver(says(b"")) as r:
        url = f"json://127.0.0.1:{r.port}/"
        assert post(processes, url).result is Result.UNKNOWN
    assert post(processes, url).result is Result.TEMPORARY


def test_when_time_is_over_the_process_is_killed_and_the_next_message_goes_on(processes: Processes) -> None:
    with receiver(hangs) as r:
        began = time.monotonic()
        outcome = post(processes, f"json://127.0.0.1:{r.port}/", deadline=2)
        assert time.monotonic() - began < apprise_process.START
    assert outcome == Outcome(Result.UNKNOWN, answer="it did not come to an end in time, and was stopped")
    with receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as r:
        assert post(processes, f"json://127.0.0.1:{r.port}/").result is Result.SENT


def request_of(port: int) -> dict[str, Any]:
    return {"url": f"json://127.0.0.1:{port}/", "allow": LOOPBACK, "title": "", "body": "b", "type": "info"}


def test_a_process_is_used_again_and_ends_after_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise_process, "MOST_SENT", 2)
    own = Processes()
    idle = []
    with receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as r:
        for _ in range(3):
            assert own.ask(request_of(r.port), 10)["status"] == "SUCCESS"
            idle.append([process._process.pid for process in own._idle])
    own.close()
    assert len(idle[0]) == 1
    assert idle[1] == []
    assert idle[2] not in ([], idle[0])
    for pid in (*idle[0], *idle[2]):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_process_that_died_while_it_waited_is_replaced() -> None:
    own = Processes()
    with receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as r:
        own.ask(request_of(r.port), 10)
        (process,) = own._idle
        os.kill(process._process.pid, signal.SIGKILL)
        process._process.wait()
        assert own.ask(request_of(r.port), 10)["status"] == "SUCCESS"
    own.close()


def test_a_process_that_cannot_start_is_temporary(
    monkeypatch: pytest.MonkeyPatch, processes: Processes
) -> None:
    class Broken(Processes):
        def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
            raise NotStarted

    class Killed(Processes):
        def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
            raise Ended("the process of Apprise ended before it answered")

    assert post(Broken(), "json://127.0.0.1/").result is Result.TEMPORARY
    assert post(Killed(), "json://127.0.0.1/").result is Result.UNKNOWN
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NotStarted):
        Processes().ask(request_of(9), 1)


def test_no_secret_comes_back(
    processes: Processes, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(request: Request) -> Response:
        return Response(f"{request.url} {request.headers}", 500)

    httpserver.expect_request(re.compile("/.*")).respond_with_handler(echo)
    url = (
        f"json://us3rname:p4ssw0rd@127.0.0.1:{httpserver.port}/T0KENPATH/x?+X-Token=h3aderTok&-extra=qu3ryTok"
    )
    outcome = post(processes, url)
    assert outcome.result is Result.TEMPORARY
    assert httpserver.log[0][0].headers["X-Token"] == "h3aderTok"
    for secret in ("us3rname", "p4ssw0rd", "T0KENPATH", "h3aderTok", "qu3ryTok"):
        assert secret not in repr(outcome)
        logged = [record.getMessage() for record in caplog.records if "werkzeug" not in record.name]
        assert secret not in "".join(logged)


# URLs.


@pytest.mark.parametrize("schema", sorted(REFUSED_SCHEMAS))
def test_a_refused_schema_stays_refused(schema: str, processes: Processes) -> None:
    with pytest.raises(ValueError, match="is not sent to"):
        check_url(f"{schema.upper()}://localhost/", LOOPBACK)
    assert service_of(f"{schema}://x") is None
    request = {
        "url": f"{schema}://user:pass@127.0.0.1",
        "allow": [],
        "title": "",
        "body": "b",
        "type": "info",
    }
    reply = processes.ask(request, 10)
    assert (reply["status"], reply["sent"]) == ("UNREADABLE", False)


@pytest.mark.parametrize("name", sorted(REFUSED_ARGUMENTS))
def test_a_refused_argument_stays_refused(name: str) -> None:
    for written in (name, name.upper(), f"%{ord(name[0]):x}{name[1:]}", f"+{name}"):
        with pytest.raises(ValueError, match=f"the argument {name} is not allowed"):
            check_url(f"slack://T1/B1/xyz/?footer=no&{written}=x")


@pytest.mark.parametrize("schema", sorted(OWN_NETWORK))
def test_posts_to_any_address_need_a_network_of_ones_own(schema: str) -> None:
    with pytest.raises(ValueError, match="take a webhook"):
        check_url(f"{schema}://127.0.0.1/")
    check_url(f"{schema}://127.0.0.1/", LOOPBACK)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "slack",
        "slack://",
        "nothing://x",
        "https://hooks.slack.com/services/T1/B1/x",
        "json://a,json://b",
        "json://a, json://b",
        "slack://a\nb",
        "slack://" + "x" * 3000,
    ],
)
def test_what_is_no_url_of_one_service_is_refused(url: str, processes: Processes) -> None:
    with pytest.raises(ValueError, match=r"URL|service"):
        check_url(url, LOOPBACK)
    assert post(processes, url).result is Result.CHANNEL


def test_an_url_that_apprise_cannot_read_is_the_channel(processes: Processes) -> None:
    assert post(processes, "tgram://not-a-token") == Outcome(
        Result.CHANNEL, answer="Apprise cannot read this URL"
    )


def test_the_list_of_services_is_that_of_the_installed_version() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "packaging/apprise-services"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == (ROOT / "duplistat/notify/apprise_services.json").read_text("utf-8"), (
        "run: packaging/apprise-services > duplistat/notify/apprise_services.json"
    )
    named = {schema for service in services() for schema in service.schemas}
    assert {"slack", "discord", "tgram", "pover", "matrixs", "json"} <= named
    assert not named & REFUSED_SCHEMAS
    assert all(service_of(service.example) is not None for service in services())


@pytest.fixture
def looked_up_anew() -> Iterator[None]:
    """What this process found out of Apprise is forgotten, before and after."""
    missing.cache_clear()
    yield
    missing.cache_clear()


@pytest.mark.usefixtures("looked_up_anew")
def test_without_apprise_the_channel_says_so(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == ""
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.2.9")
    assert missing() == "", "it is looked up once"
    missing.cache_clear()
    assert missing() == "Apprise 2.2.9 is too old: it has to be 2.3 or newer"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    missing.cache_clear()
    assert post(processes, "json://127.0.0.1/") == Outcome(Result.CHANNEL, answer=MISSING)


def test_the_documentation_names_what_is_refused() -> None:
    text = (ROOT / "docs/channels.md").read_text("utf-8")
    named = set(re.findall(r"`([\w-]+)`", text[text.index("Refused are") :]))
    assert named >= {schema.removesuffix("s") for schema in OWN_NETWORK}
    plain = {schema for schema in REFUSED_SCHEMAS if schema.removesuffix("s") not in REFUSED_SCHEMAS}
    assert named >= plain
    assert named >= {name for name in REFUSED_ARGUMENTS if not name.startswith(("pgp", "redirects"))}


# Limits.


@pytest.mark.parametrize(
    ("url", "limit"),
    [
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyzabcdefghij", 2000),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", 4096),
        ("pover://abcdefghijklmnopqrstuvwxyzabcd@abcdefghijklmnopqrstuvwxyzabcd", 1024),
    ],
)
def test_a_text_is_cut_between_lines_to_what_the_service_takes(url: str, limit: int) -> None:
    from apprise import Apprise

    with warnings.catch_warnings():
        # Of modules that plugins import.
        warnings.simplefilter("ignore")
        service = Apprise.instantiate(url)
    assert service is not None
    lines = [f"job-{number} <failed> & more" for number in range(1000)]
    title, body = fitted(service, "t" * 300, "\n".join(lines))
    *kept, last = body.split("\n")
    assert kept == lines[: len(kept)]
    assert last == f"… {1000 - len(kept)} more lines"
    assert limit // 3 < len(body) + (0 if service.title_maxlen else len(title)) <= limit
    assert fitted(service, "title", "body") == ("title", "body")
