"""What whoever looks after alerts is told on every page, when they do not work."""

from typing import NamedTuple

from flask import g, request, url_for

from duplistat.http.context import context
from duplistat.services.monitoring import alert_health
from duplistat.services.people.identity import Role
from duplistat.store import alert_facts
from duplistat.store.database import UNUSABLE
from duplistat.web.formatting import sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated

# Channels that are named; of more, how many there are is said.
MOST_NAMED = 3


class Warning(NamedTuple):
    """A sentence, and where it leads: an address and its name."""

    text: str
    link: str
    name: str


def alert_banner() -> list[Warning]:
    """What does not work of the alerts of who looks, for administrators; for those of `main` also what is late.

    Nothing on the pages of channels, which say it themselves, and while the database is away. 3 statements at most.
    """
    viewer = getattr(g, "viewer", None)
    on_channels = (request.endpoint or "").startswith("web.channel")
    if viewer is None or not viewer.may(Role.ADMIN) or on_channels:
        return []
    ctx = context()
    try:
        broken = alert_facts.broken_channels(ctx.db, viewer.sees)
        late = alert_health.late(ctx.db, ctx.now()) if viewer.whole else ()
    except UNUSABLE:
        # A page that tells of an error.
        return []
    about = url_for("web.settings_about")
    warnings = [Warning(sentence(visible(translated(text))), about, _("System")) for text in late]
    for number, name, _kind, _since in broken[:MOST_NAMED]:
        text = _("The channel %(name)s does not deliver.") % {"name": visible(name)}
        warnings.append(Warning(text, url_for("web.channel", number=number), _("Open channel")))
    if (more := len(broken) - MOST_NAMED) > 0:
        text = ngettext(
            "%(num)s more channel does not deliver.", "%(num)s more channels do not deliver.", more
        )
        warnings.append(Warning(text % {"num": more}, url_for("web.channels"), _("Channels")))
    return warnings
