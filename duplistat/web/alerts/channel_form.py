"""What is typed into the form of a channel, by its kind. A secret is never read back: blank keeps what is set."""

import json
from collections.abc import Mapping
from typing import Any

from duplistat.services.alerts.channel_config import APPRISE, FIELDS, MAIL, NTFY, WEBHOOK, WEBPUSH
from duplistat.services.alerts.channels import ChannelSettings
from duplistat.store.channels import Channel
from duplistat.web.form import Form
from duplistat.web.language import LANGUAGES, current
from duplistat.web.language import gettext as _

MOST = 20_000
LONGEST = 2000
EMPTY = {"self_test": "1"}
# Of each kind, the fields that are written and never shown.
SECRET = {
    MAIL: (),
    WEBHOOK: ("url", "secret", "headers"),
    NTFY: ("url", "token"),
    WEBPUSH: (),
    APPRISE: ("url",),
}


def languages() -> list[tuple[str, str]]:
    return [("", _("English")), *((code, name) for code, name in LANGUAGES.items() if code != "en")]


def own_language() -> str:
    """That of who looks, as a channel keeps it."""
    return "" if current() == "en" else current()


def settings(form: Form) -> ChannelSettings:
    """What is set of any channel."""
    return {
        "name": form.text("name", missing=_("Enter a name.")),
        "zone": form.zone("zone"),
        "language": form.one_of("language", [code for code, _name in languages()]),
        "self_test": bool(form.typed("self_test")),
    }


def given(form: Form, kind: str) -> dict[str, Any]:
    """What was typed of where it sends to, as channel_config.prepared takes it; a secret left blank is left out."""
    found: dict[str, Any] = {}
    for name in FIELDS[kind]:
        typed = form.typed(name).replace("\r\n", "\n").strip()[:MOST]
        if name == "to":
            found[name] = [part for line in typed.split("\n") for part in line.replace(",", " ").split()]
        elif name in ("admins", "public"):
            found[name] = bool(typed)
        elif name == "headers":
            if form.typed("no_headers"):
                found[name] = {}
            elif typed:
                found[name] = _headers(form, typed)
        elif name == "template" or typed:
            found[name] = typed
    if form.typed("no_token") and "token" in FIELDS[kind]:
        found["token"] = ""
    return found


def fields(channel: Channel, plain: Mapping[str, Any] | None) -> dict[str, str | list[str]]:
    """What the form begins with; `plain` is what is stored of where it sends to, None when that cannot be read."""
    known = plain or {}
    return {
        "name": channel.name,
        "zone": channel.zone,
        "language": channel.language,
        "self_test": "1" if channel.self_test else "",
        "to": "\n".join(known.get("to", ())),
        "admins": "1" if known.get("admins") else "",
        "public": "1" if known.get("public") else "",
        "template": str(known.get("template", "")),
    }


def has(plain: Mapping[str, Any] | None) -> dict[str, bool]:
    """Which secrets are set."""
    return {name: bool((plain or {}).get(name)) for name in ("url", "secret", "token", "headers")}


def is_same(kind: str, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether nothing of where it sends to was changed: then it stays verified, and broken if it is."""
    return all(
        json.dumps(before.get(name, type(value)()), sort_keys=True) == json.dumps(value, sort_keys=True)
        for name, value in wanted.items()
        if name in FIELDS[kind]
    )


def _headers(form: Form, typed: str) -> dict[str, str]:
    """Lines such as "Authorization: Bearer …"."""
    found = {}
    for line in filter(None, (line.strip() for line in typed.split("\n"))):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            form.wrong["headers"] = _("Write each header in a line of its own, such as X-Team: backup.")
            return {}
        found[name.strip()] = value.strip()
    return found
