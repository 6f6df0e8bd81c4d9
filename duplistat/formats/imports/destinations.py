"""Where other monitors send notifications, in the words of our channels: a kind, and what is set of one."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from duplistat.core.i18n import later
from duplistat.formats.imports.values import text_in

# A kind and what is set of such a channel.
Destination = tuple[str, dict[str, Any]]
# What other monitors call down: a failure, or nothing within the grace time.
DOWN = ("failed", "overdue", "stuck")

NO_DESTINATION = later("a notification whose destination is incomplete: set up a channel under Alerts")
NOT_OURS = later(
    "a notification by a service that no channel here can reach: set up another one under Alerts"
)
THEIR_ACCOUNT = later(
    "a notification that goes by the other program's own account at a service: set up a channel under Alerts"
)
NO_PLAIN_POST = later("a webhook that is no POST to one address: set up a channel under Alerts")
OWN_TEXT = later("the text of a notification: here it has duplistat's own, or a template")

_HOOKS = (
    (re.compile(r"https://hooks\.slack\.com/services/([^/]+)/([^/]+)/([^/]+)"), "slack://{0}/{1}/{2}"),
    (re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(\d+)/([^/?]+)"), "discord://{0}/{1}"),
)


def mail(addresses: object) -> Destination | None:
    """Mails to a list of addresses with commas or semicolons between them; a name may stand before each."""
    found = [part.rpartition("<")[2].strip(" >") for part in re.split("[,;]", text_in(addresses))]
    named = [address for address in found if "@" in address]
    return ("mail", {"to": named}) if named else None


def ntfy(server: object, topic: object, token: object = "") -> Destination | None:
    """A topic of a server of ntfy."""
    place, name = text_in(server).strip().rstrip("/"), text_in(topic).strip()
    return ("ntfy", {"url": f"{place}/{name}", "token": text_in(token)}) if place and name else None


def webhook(url: object, headers: object = None) -> Destination:
    """A POST of JSON."""
    named = headers if isinstance(headers, Mapping) else {}
    # How a body is written is ours to say.
    kept = {str(k): str(v) for k, v in named.items() if str(k).lower() != "content-type"}
    return "webhook", {"url": text_in(url).strip(), "headers": kept}


def gotify(url: object, token: object) -> Destination | None:
    """An application of a server of gotify."""
    parts = urlsplit(text_in(url).strip())
    name = quote(text_in(token).strip(), safe="")
    if parts.scheme not in ("http", "https") or not parts.netloc or not name:
        return None
    return apprise(f"gotify{'s' * (parts.scheme == 'https')}://{parts.netloc}{parts.path.rstrip('/')}/{name}")


def hook(url: object) -> Destination | None:
    """A webhook that Slack or Discord gave out."""
    for pattern, ours in _HOOKS:
        if found := pattern.match(text_in(url).strip()):
            return apprise(ours.format(*found.groups()))
    return None


def mattermost(url: object) -> Destination | None:
    """A webhook of Mattermost: a server, and behind `/hooks/` a key."""
    parts = urlsplit(text_in(url).strip())
    path, _, key = parts.path.partition("/hooks/")
    if parts.scheme not in ("http", "https") or not parts.hostname or not key.strip("/"):
        return None
    # Apprise would take Mattermost's own port where none is named.
    port = parts.netloc.rpartition("]")[2].partition(":")[2] or ("443" if parts.scheme == "https" else "80")
    secure = "s" * (parts.scheme == "https")
    return apprise(f"mmost{secure}://{parts.hostname}:{port}{path}/{key.strip('/')}")


def apprise(url: object) -> Destination | None:
    """A URL of Apprise."""
    text = text_in(url).strip()
    return ("apprise", {"url": text}) if text else None


def service(schema: str, *parts: object) -> Destination | None:
    """A service of Apprise whose URL is made of tokens, all of which there have to be."""
    named = [quote(text_in(part).strip(), safe="@:-+") for part in parts]
    return apprise(f"{schema}://{'/'.join(named)}") if all(named) else None
