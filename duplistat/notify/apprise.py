"""Messages to the services that Apprise knows, sent by a process that can be killed and reaches only what it may."""

import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from duplistat.notify.apprise_process import Ended, NotStarted, Processes
from duplistat.notify.http import REFUSED, answered, result_of
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result, told
from duplistat.notify.scrub import secrets_in

MISSING = "Apprise is not installed here: pip install 'duplistat[apprise]'"
OLDEST = (2, 3)
MOST_LETTERS = 2048
# What would stay on this machine, fan out to places that we do not see, needs files, or has a better way here.
REFUSED_SCHEMAS = frozenset(
    {
        *("syslog", "rsyslog", "dbus", "qt", "kde", "glib", "gio", "gnome", "windows", "macosx", "blink1"),
        *("growl", "kodi", "kodis", "xbmc", "xbmcs", "aprs", "smpp", "smpps", "apprise", "apprises"),
        *("mailto", "mailtos", "vapid", "fcm"),
    }
)
# A POST of Apprise's own to any address. The webhook is signed; these are for a network of one's own.
OWN_NETWORK = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
# Files and URLs that would be loaded, and limits that are ours to set.
REFUSED_ARGUMENTS = frozenset(
    {
        *("template", "keyfile", "subfile", "attach", "attach-as", "filename", "file_url", "store", "plugin"),
        *("pgp", "pgppub", "pgpprv", "pgpkey", "wkd", "overflow", "retry", "wait", "redirect", "redirects"),
        *("verify", "cto", "rto", "tz", "optional"),
    }
)
_TYPES = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
_SCHEMA = re.compile(r"([a-z0-9+.-]{1,20})://\S+", re.IGNORECASE)

PROCESSES = Processes()


@dataclass(frozen=True, slots=True)
class Service:
    """One that can be chosen: its name, how its URLs may begin, and what one looks like."""

    name: str
    schemas: tuple[str, ...]
    example: str


@cache
def services() -> tuple[Service, ...]:
    """What can be sent through Apprise, by name. It is asked of a file of ours, so that it costs nothing."""
    text = (files("duplistat.notify") / "apprise_services.json").read_text("utf-8")
    return tuple(Service(one["name"], tuple(one["schemas"]), one["example"]) for one in json.loads(text))


@cache
def missing() -> str:
    """Why nothing can be sent this way on this machine, or ""; looked up once in a process."""
    if importlib.util.find_spec("apprise") is None:
        return MISSING
    version = importlib.metadata.version("apprise")
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return "" if numbers >= OLDEST else f"Apprise {version} is too old: it has to be 2.3 or newer"


def service_of(url: str) -> Service | None:
    """The service that an URL is for."""
    schema = url.partition("://")[0].lower()
    return next((one for one in services() if schema in one.schemas), None)


def check_url(url: str, allow: Sequence[str] = ()) -> None:
    """Raises ValueError, with a sentence that does not repeat it, for an URL that is not sent to."""
    if len(url) > MOST_LETTERS:
        raise ValueError(f"the URL is longer than {MOST_LETTERS} characters")
    match = _SCHEMA.fullmatch(url)
    if match is None or not url.isprintable():
        raise ValueError("this is no URL of Apprise, such as slack://… or discord://…")
    schema = match[1].lower()
    if re.search(r"[,;]\s*[a-z0-9]+://", url, re.IGNORECASE):
        raise ValueError("there is more than one URL")
    if schema in REFUSED_SCHEMAS:
        raise ValueError(f"{schema}:// is not sent to")
    if service_of(url) is None:
        raise ValueError(f"Apprise has no service {schema}://")
    if schema in OWN_NETWORK and not allow:
        raise ValueError(f"{schema}:// is for networks of [alerts] allow: take a webhook")
    names = (part.partition("=")[0] for part in re.split("[?&]", url)[1:])
    refused = {unquote(name).strip().lstrip("+-:").lower() for name in names} & REFUSED_ARGUMENTS
    if refused:
        raise ValueError(f"the argument {', '.join(sorted(refused))} is not allowed")


def send_apprise(
    message: Message,
    *,
    url: str,
    allow: Sequence[str] = (),
    now: int,
    deadline: float,
    processes: Processes = PROCESSES,
) -> Outcome:
    """Send the short text, with its link, to the service of an URL of Apprise.

    `allow` are networks that are called although they are not public. `now` in milliseconds. `deadline` is in seconds:
    the process is killed then, and nobody knows what became of the message. Its start may take some more.
    """
    secrets = (*_secrets_of(url), *secrets_in(message.acknowledge, message.unsubscribe))
    try:
        if problem := missing():
            raise ValueError(problem)
        check_url(url, allow)
    except ValueError as e:
        return Outcome(Result.CHANNEL, answer=told(str(e), secrets))
    request = {
        "url": url,
        "allow": list(allow),
        "title": message.subject,
        "body": _body(message),
        "type": "success" if message.type == "job.recovered" else _TYPES.get(message.severity, "info"),
    }
    try:
        reply = processes.ask(request, deadline)
    except NotStarted:
        return Outcome(Result.TEMPORARY, answer="the process of Apprise could not be started")
    except Ended as e:
        return Outcome(Result.UNKNOWN, answer=str(e))
    return _outcome(reply, secrets, now)


def _outcome(reply: dict[str, Any], secrets: Sequence[str], now: int) -> Outcome:
    words = told("; ".join(dict.fromkeys(reply["lines"])), secrets)
    status = int(reply["http"])
    code = str(status) if status else ""
    if reply["status"] == "SUCCESS":
        return Outcome(Result.SENT, code, words)
    if reply["status"] == "UNREADABLE":
        return Outcome(Result.CHANNEL, answer="Apprise cannot read this URL")
    if reply["refused"]:
        return Outcome(Result.CHANNEL, answer=REFUSED)
    if status and result_of(status) is not Result.SENT:
        return answered(status, words, reply["retry_after"], now=now, secrets=secrets)
    if reply["sent"] and not status:
        return Outcome(Result.UNKNOWN, answer=words)
    return Outcome(Result.TEMPORARY, code, words)


def _body(message: Message) -> str:
    text = message.short or message.subject
    return f"{text}\n{message.link}" if message.link and message.link not in text else text


def _secrets_of(url: str) -> tuple[str, ...]:
    """All of it, and each part: these URLs have tokens where others have hosts."""
    parts = re.split(r"[/?&=@:,#+;]+", url.partition("://")[2])
    return (url, *(form for part in parts if len(part) >= 4 for form in (part, unquote(part))))
