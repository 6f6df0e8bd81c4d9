"""ntfy: what is published, and that a recovery takes the place of its alarm."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from duplistat.notify.http import REFUSED
from duplistat.notify.ntfy import check_topic, send_ntfy
from duplistat.notify.outcome import Outcome, Result
from tests.support.messages import ACKNOWLEDGE, AT, THREAD, message
from tests.support.ntfy_server import NtfyServer

TOPIC = "backups-x7Kq2"


@pytest.fixture
def ntfy(httpserver: HTTPServer) -> NtfyServer:
    return NtfyServer(httpserver)


def send(ntfy: NtfyServer, **how: Any) -> Outcome:
    how = {"topic": TOPIC, "server": ntfy.url, "allow": ("127.0.0.0/8",), **how}
    return send_ntfy(how.pop("message", message()), now=AT, deadline=5, **how)


def test_an_alarm_has_what_a_phone_shows(ntfy: NtfyServer) -> None:
    outcome = send(ntfy)
    assert (outcome.result, outcome.code) == (Result.SENT, "200")
    assert ntfy.published == [
        {
            "topic": TOPIC,
            "title": "[FAILED] daily-backup on server-01: access denied to /srv",
            "message": "daily-backup failed\naccess denied to /srv",
            "priority": 4,
            "tags": ["rotating_light"],
            "click": "https://backup.example.org/jobs/7",
            "sequence_id": THREAD,
            "actions": [
                {"action": "view", "label": "Open", "url": "https://backup.example.org/jobs/7"},
                {
                    "action": "http",
                    "label": "Acknowledge",
                    "url": ACKNOWLEDGE,
                    "method": "POST",
                    "clear": True,
                },
            ],
        }
    ]


def test_a_recovery_replaces_the_alarm(ntfy: NtfyServer) -> None:
    send(ntfy)
    send(ntfy, message=message(type="job.recovered", severity="info", short="good again", acknowledge=""))
    (shown,) = ntfy.shown().values()
    assert (shown["message"], shown["priority"], shown["tags"]) == ("good again", 3, ["white_check_mark"])
    assert [action["action"] for action in shown["actions"]] == ["view"]


def test_without_links_and_thread_there_are_no_buttons(ntfy: NtfyServer) -> None:
    send(ntfy, message=message(thread="", link="", acknowledge="", type="test", severity="info"))
    send(ntfy, buttons=False)
    test, alarm = ntfy.published
    assert not {"click", "sequence_id", "actions"} & test.keys()
    assert test["priority"] == 3
    assert "actions" not in alarm
    assert alarm["click"]


@pytest.mark.parametrize(
    ("severity", "priority"), [("info", 2), ("warning", 3), ("error", 4), ("critical", 5)]
)
def test_severity_makes_the_priority(ntfy: NtfyServer, severity: str, priority: int) -> None:
    send(ntfy, message=message(severity=severity))
    assert ntfy.published[0]["priority"] == priority


def test_a_long_message_is_cut_between_lines(ntfy: NtfyServer) -> None:
    short = "\n".join(f"jöb-{number} failed" for number in range(1000))
    assert send(ntfy, message=message(short=short)).result is Result.SENT
    *kept, last = ntfy.published[0]["message"].split("\n")
    assert kept == short.split("\n")[: len(kept)]
    assert last == f"… {1000 - len(kept)} more lines"
    assert 4000 < len(ntfy.published[0]["message"].encode()) <= 4096


def test_labels_are_those_of_the_language(ntfy: NtfyServer) -> None:
    send(ntfy, labels=("Öffnen", "Bestätigen"))
    assert [action["label"] for action in ntfy.published[0]["actions"]] == ["Öffnen", "Bestätigen"]


def test_a_token_is_sent_and_a_wrong_one_told_without_it(ntfy: NtfyServer) -> None:
    ntfy.token = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
    assert send(ntfy, token=ntfy.token).result is Result.SENT
    outcome = send(ntfy, token="tk_wrong")
    assert (outcome.result, outcome.code) == (Result.CHANNEL, "401")
    assert "unauthorized" in outcome.answer
    assert "tk_wrong" not in outcome.answer


def test_the_topic_is_a_secret(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(
        f"limit of {TOPIC} reached", 429, headers={"Retry-After": "9"}
    )
    outcome = send_ntfy(
        message(), topic=TOPIC, server=httpserver.url_for("/"), allow=("127.0.0.0/8",), now=AT, deadline=5
    )
    assert outcome == Outcome(Result.TEMPORARY, "429", "limit of *** reached", 9000)


@pytest.mark.parametrize("topic", ["", "a/b", "ü", "x" * 65, "a b"])
def test_what_is_no_topic_is_refused(ntfy: NtfyServer, topic: str) -> None:
    with pytest.raises(ValueError, match="a topic has"):
        check_topic(topic)
    assert send(ntfy, topic=topic).result is Result.CHANNEL
    assert ntfy.published == []


@pytest.mark.parametrize("server", ["https://ntfy.sh/topic", "ntfy.sh", "mailto:x"])
def test_what_is_no_server_is_refused(ntfy: NtfyServer, server: str) -> None:
    assert send(ntfy, server=server).result is Result.CHANNEL


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254"]
)
def test_what_is_not_public_is_refused(ntfy: NtfyServer, host: str) -> None:
    port = ntfy.url.rpartition(":")[2]
    assert send(ntfy, server=f"http://{host}:{port}", allow=()).answer == REFUSED
    assert ntfy.published == []
