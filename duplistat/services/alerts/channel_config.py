"""What a channel sends to: checked when it is saved, kept encrypted, and never shown again.

Addresses of mail are no secret. Their JSON is kept as it is, so that a fresh database can have such a channel before
there is any key.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from duplistat.config import Config
from duplistat.core import email as emails
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.notify import address, json_template, ntfy, webhook
from duplistat.services.configuration import secrets
from duplistat.store.channels import Channel

MAIL, WEBHOOK, NTFY, WEBPUSH, APPRISE = "mail", "webhook", "ntfy", "webpush", "apprise"
KINDS = (MAIL, WEBHOOK, NTFY, WEBPUSH, APPRISE)
MOST_ADDRESSES = 20
# For how long the secret of a webhook signs, too, once there is another one, ms.
OVERLAP_MS = 24 * 3_600_000
# What each kind can be given; all but the lists and switches are texts.
FIELDS = {
    MAIL: ("to", "admins"),
    WEBHOOK: ("url", "secret", "template", "headers"),
    NTFY: ("url", "token", "public"),
    # To whom is what people say of their devices.
    WEBPUSH: (),
    APPRISE: ("url",),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is stored of a channel, what of it is shown, and a secret that was made for it, to be shown once."""

    config: str
    shown: str
    secret: str = ""


def prepared(
    config: Config, kind: str, given: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> Prepared:
    """What to store of a channel of that kind; `given` by FIELDS, what is left out stays as it was `before`.

    Raises DuplistatError (invalid) that names the field, with a sentence that repeats no secret.
    """
    if kind not in KINDS:
        raise DuplistatError(
            Kind.INVALID, Text("a channel is one of {list}", list=", ".join(KINDS)), field="kind"
        )
    for name in given:
        if name not in FIELDS[kind]:
            raise DuplistatError(
                Kind.INVALID, Text("a channel of this kind has no {field}", field=name), field=name
            )
    plain, made = {**(before or {}), **given}, ""
    if kind == MAIL:
        plain = {"to": _addresses(plain.get("to", [])), "admins": bool(plain.get("admins"))}
        if not plain["to"] and not plain["admins"]:
            raise DuplistatError(Kind.INVALID, "a channel that sends mail needs an address", field="to")
        return Prepared(json.dumps(plain), _shown_mail(plain))
    if kind == WEBPUSH:
        return Prepared(secrets.encrypt(config, json.dumps(_webpush(plain))), "devices of its people")
    if kind == WEBHOOK:
        plain, made = _webhook(plain, given)
    elif kind == NTFY:
        _ntfy(plain)
    else:
        _apprise(config, plain)
    stored = secrets.encrypt(config, json.dumps(plain, ensure_ascii=False))
    return Prepared(stored, host_of(plain["url"]), made)


def rotated(config: Config, plain: Mapping[str, Any], now: int) -> Prepared:
    """A webhook with another secret; the one before signs as well for OVERLAP_MS."""
    fresh = webhook.new_secret()
    both = {
        **plain,
        "secret": fresh,
        "old_secret": plain.get("secret", ""),
        "old_until": now + OVERLAP_MS,
    }
    stored = secrets.encrypt(config, json.dumps(both, ensure_ascii=False))
    return Prepared(stored, host_of(plain["url"]), fresh)


def opened(config: Config, channel: Channel) -> dict[str, Any]:
    """What is stored of a channel. Raises DuplistatError (unavailable) when that cannot be read."""
    return opener(config)(channel)


def opener(config: Config) -> Callable[[Channel], dict[str, Any]]:
    """`opened` for many channels: the key is read once, when the first of them needs it."""
    decrypt = secrets.decrypter(config)

    def open_one(channel: Channel) -> dict[str, Any]:
        text = channel.config if channel.kind == MAIL else decrypt(channel.config)
        plain: dict[str, Any] = json.loads(text or "{}")
        return plain

    return open_one


def mails_admins(channel: Channel) -> bool:
    """Whether a channel sends mail to the administrators of its account."""
    return channel.kind == MAIL and bool(json.loads(channel.config or "{}").get("admins"))


def addresses_of(channel: Channel) -> list[str]:
    """The addresses that a channel names, beside those of administrators."""
    return list(json.loads(channel.config or "{}").get("to", ())) if channel.kind == MAIL else []


def ntfy_place(url: str) -> tuple[str, str]:
    """The server and the topic that an URL such as https://ntfy.sh/topic names. Raises ValueError."""
    server, _, topic = url.rstrip("/").rpartition("/")
    address.root(server)
    ntfy.check_topic(topic)
    return server, topic


def host_of(url: str) -> str:
    """What of an URL anybody may see: its scheme, where that says more than http, and its host."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    host = f"{parts.hostname or ''}{port}"
    if parts.scheme in ("http", "https"):
        return host
    # Elsewhere a token often stands where a host would be.
    return f"{parts.scheme}://{host if '.' in host else '…'}"


def _addresses(given: Sequence[str]) -> list[str]:
    if isinstance(given, str) or len(given) > MOST_ADDRESSES:
        raise DuplistatError(
            Kind.INVALID, Text("a channel has at most {most} addresses", most=MOST_ADDRESSES), field="to"
        )
    found = []
    for text in given:
        normal = emails.normal(str(text))
        if normal is None:
            raise DuplistatError(
                Kind.INVALID,
                Text("{field} must be an e-mail address such as name@example.org", field="to"),
                field="to",
            )
        found.append(normal)
    return list(dict.fromkeys(found))


def _shown_mail(plain: Mapping[str, Any]) -> str:
    parts = ["administrators"] if plain["admins"] else []
    count = len(plain["to"])
    if count:
        parts.append("1 address" if count == 1 else f"{count} addresses")
    return ", ".join(parts)


def _webhook(plain: dict[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    _check(lambda: address.parse(str(plain.get("url", ""))), "url")
    headers = plain.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise DuplistatError(Kind.INVALID, "headers are names with texts", field="headers")
    _check(lambda: webhook.check_headers(headers), "headers")
    template = str(plain.get("template") or "")
    wrong = json_template.problems_of(template) if template else []
    if wrong:
        raise DuplistatError(Kind.INVALID, wrong[0], field="template")
    made = ""
    if given.get("secret"):
        _check(lambda: webhook.check_secret(str(given["secret"])), "secret")
    elif not plain.get("secret"):
        made = webhook.new_secret()
    kept = {name: plain[name] for name in ("old_secret", "old_until") if plain.get(name)}
    return {
        "url": str(plain["url"]),
        "secret": made or str(plain["secret"]),
        "template": template,
        "headers": headers,
        **kept,
    }, made


def _ntfy(plain: dict[str, Any]) -> None:
    _check(lambda: ntfy_place(str(plain.get("url", ""))), "url")
    token = str(plain.get("token") or "")
    if not (token.isascii() and token.isprintable() and " " not in token and len(token) <= 500):
        raise DuplistatError(Kind.INVALID, "the token has characters that no token has", field="token")


def _webpush(plain: dict[str, Any]) -> dict[str, Any]:
    """A key that is made once: devices subscribe to it, and take nothing that another one signed."""
    if plain.get("key"):
        return plain
    from duplistat.notify import push_encryption

    key = push_encryption.new_key()
    return {"key": key, "public": push_encryption.public_key(key)}


def _apprise(config: Config, plain: dict[str, Any]) -> None:
    from duplistat.notify import apprise

    _check(lambda: apprise.check_url(str(plain.get("url", "")), config.alerts.allow), "url")


def _check(check: Any, field: str) -> None:
    try:
        check()
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, str(e), field=field) from None
