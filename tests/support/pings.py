"""Jobs that are pinged, and recorded calls of clients."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.test import TestResponse

from duplistat.services.pings import keys, urls
from tests.support.known import id_of
from tests.support.site import Site

FOLDER = Path(__file__).parents[1] / "apis" / "pings"
UUID = "8116e449-d71c-4112-8f5d-a66f60902091"
TOKEN = "Abcd1234"
KEY = "the-Ping_key"
_CALL = re.compile(r"^>>> (\w+) (\S+) HTTP/1\.1\n(.*?)(?=^>>> |\Z)", re.MULTILINE | re.DOTALL)
_BODY = re.compile(r"^    body\[(\d+)\]: (.*)\Z", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Call:
    """A request as a client sent it."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def recorded(name: str) -> Iterator[Call]:
    """The calls of a recording, in their order."""
    for method, path, rest in _CALL.findall((FOLDER / name).read_text("utf-8")):
        found = _BODY.search(rest)
        assert found is not None
        head, text = rest[: found.start()], found[2]
        body = "\n".join(line.removeprefix("    ") for line in text.split("\n")).encode()[: int(found[1])]
        headers = dict(line.strip().split(": ", 1) for line in head.splitlines() if ": " in line)
        headers.pop("Content-Length", None)
        yield Call(method, path, headers, body)


def call(site: Site, what: Call) -> TestResponse:
    return site.client().open(what.path, method=what.method, headers=what.headers, data=what.body)


def ping(
    site: Site, path: str = "", *, body: str | bytes = b"", method: str = "POST", **headers: str
) -> TestResponse:
    """Ping below /ping/<UUID>, or at a path that begins with a slash of its own root."""
    where = path if path.startswith(("/ping/", "/p/", "/api/", "/message")) else f"/ping/{UUID}{path}"
    return site.client().open(where, method=method, data=body, headers=headers)


def make_pinged(
    site: Site,
    *,
    server: str = "nas",
    job: str = "db",
    account: str = "main",
    uuid: str = UUID,
    token: str = TOKEN,
    slug: str = "",
) -> int:
    """The id of a job with a ping URL that clients know already."""
    return site.writes.run(
        urls.make_ping_url,
        account=id_of(site.db, account),
        server=server,
        job=job,
        url=urls.fresh(site.config, uuid=uuid, token=token),
        slug=slug,
        **site.signature(),
    )["job"]


def make_key(site: Site, key: str = KEY, *, account: str = "main", name: str = "default") -> str:
    """A ping key of an account."""
    fresh = keys.fresh(site.config, key)
    site.writes.run(
        keys.make_ping_key, account=id_of(site.db, account), name=name, key=fresh, **site.signature()
    )
    return key
