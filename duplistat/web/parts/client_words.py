"""What is said of the version of a client wherever one stands: with a shape and a word where a newer one is known."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from duplistat.core.client_versions import ClientVersion, client_version, is_outdated, newest_of_channels
from duplistat.store import servers
from duplistat.store.database import Database
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _


class Client(NamedTuple):
    """A version, ready to be shown: "" for none. `tip` says what it is older than, "" where that is nothing."""

    words: Markup = Markup("")
    tip: str = ""


def client_words(one: ClientVersion | None, newest: Mapping[str, ClientVersion]) -> Client:
    """A version beside the newest one of each channel."""
    if one is None or not one.text:
        return Client()
    text = visible(one.text)
    if not is_outdated(one, newest):
        return Client(Markup("{}").format(text))
    tip = (
        _("Another of your servers has the newer version %(version)s (update channel: %(channel)s)")
        if one.channel
        else _("Another of your servers has the newer version %(version)s")
    ) % {"version": visible(newest[one.channel].text), "channel": visible(one.channel)}
    # The shape is for the eye alone: the word stands beside it.
    words = Markup("{} · <i class=warning aria-hidden=true>!</i>{}").format(text, _("outdated"))
    return Client(words, tip)


def newest_known(db: Database, sees: tuple[int, ...]) -> dict[str, ClientVersion]:
    """The newest version of each channel that servers of these accounts report."""
    return newest_of_channels(client_version(json.loads(facts)) for facts in servers.all_facts(db, sees))
