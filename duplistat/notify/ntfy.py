"""Messages to phones through a server of ntfy."""

import re
from collections.abc import Sequence
from typing import Any

from duplistat.notify import address, fit
from duplistat.notify.http import post
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result, one_line, told
from duplistat.notify.scrub import secrets_in

SERVER = "https://ntfy.sh"
# A longer message becomes a file.
MOST_BYTES = 4096
_MOST_TITLE = 250
_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_PRIORITY = {"info": 2, "warning": 3, "error": 4, "critical": 5}
_TAGS = {"info": "information_source", "warning": "warning", "error": "rotating_light", "critical": "sos"}


def check_topic(topic: str) -> None:
    """Raises ValueError for what is no topic."""
    if not _TOPIC.fullmatch(topic):
        raise ValueError("a topic has 1 to 64 letters, digits, - and _")


def send_ntfy(
    message: Message,
    *,
    topic: str,
    server: str = SERVER,
    token: str = "",
    buttons: bool = True,
    labels: tuple[str, str] = ("Open", "Acknowledge"),
    allow: Sequence[str] = (),
    now: int,
    deadline: float,
) -> Outcome:
    """Publish a message to a topic, with `token` as the bearer when there is one.

    `buttons` are left out where others read the topic too: whoever sees a message can press them. `labels` say
    what they do. `allow` are networks that are called although they are not public. `now` in milliseconds,
    `deadline` in seconds for all of it.
    """
    secrets = [topic, *([token] if token else []), *secrets_in(message.acknowledge, message.unsubscribe)]
    try:
        check_topic(topic)
        root = address.root(server)
    except ValueError as e:
        return Outcome(Result.CHANNEL, answer=told(str(e), secrets))
    if not token.isascii() or not token.isprintable():
        return Outcome(Result.CHANNEL, answer="the token has characters that no token has")
    headers = {
        "Content-Type": "application/json",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    content = published(message, topic, buttons=buttons, labels=labels)
    body = fit.compact(content).encode("utf-8", "replace")
    return post(root, body, headers, allow=allow, now=now, deadline=deadline, secrets=secrets)


def published(message: Message, topic: str, *, buttons: bool, labels: tuple[str, str]) -> dict[str, Any]:
    """What ntfy takes as JSON. A message of the same thread replaces the one that is shown."""
    actions: list[dict[str, Any]] = []
    if buttons and message.link:
        actions.append({"action": "view", "label": labels[0], "url": message.link})
    if buttons and message.acknowledge:
        acknowledge = {"action": "http", "label": labels[1], "url": message.acknowledge}
        actions.append({**acknowledge, "method": "POST", "clear": True})
    return {
        "topic": topic,
        "title": fit.start(one_line(message.subject), _MOST_TITLE, len),
        "message": fit.lines(message.short or message.subject, MOST_BYTES),
        "priority": 3 if message.type in ("test", "job.recovered") else _PRIORITY.get(message.severity, 3),
        "tags": ["white_check_mark" if message.type == "job.recovered" else _tag(message)],
        **({"click": message.link} if message.link else {}),
        **({"sequence_id": message.thread} if message.thread else {}),
        **({"actions": actions} if actions else {}),
    }


def _tag(message: Message) -> str:
    return _TAGS.get(message.severity, "information_source")
