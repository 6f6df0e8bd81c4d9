"""Which jobs a rule or a silence is for: lists to choose from, what was chosen, and that in words."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from duplistat.core.alerts.reading import LONGEST
from duplistat.core.alerts.rule import Match
from duplistat.http.context import context
from duplistat.services.alerts.listeners import tags_in
from duplistat.store import accounts, jobs, servers
from duplistat.web.access import viewer
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.labels import full_name

# A longer list is no use to anyone: groups and tags are for many.
MOST_CHOICES = 200
_SHORT = 60
Key = TypeVar("Key", int, str)
# Names of a list that are said; further ones are counted.
MOST_NAMED = 4


class Choice(NamedTuple):
    """One of a list to choose from."""

    value: str
    name: str
    chosen: bool


class Choices(NamedTuple):
    """A list to choose several from; `left_out` are further ones that it does not show."""

    name: str
    label: str
    items: list[Choice]
    left_out: int

    @property
    def chosen(self) -> int:
        return sum(item.chosen for item in self.items)


class Names(NamedTuple):
    """What can be chosen: {id: name} of accounts, servers and jobs, and the groups and tags that there are."""

    accounts: Mapping[int, str]
    servers: Mapping[int, str]
    jobs: Mapping[int, str]
    groups: list[str]
    tags: list[str]


def names(kept: Match | None = None) -> Names:
    """What who looks may choose from. 4 statements.

    With `kept`, what that match names stays among it, also when it is no longer there: a match that loses its last
    job would be for all of them.
    """
    found = _names()
    if kept is None:
        return found
    gone = _("no longer there")
    return Names(
        accounts={**dict.fromkeys(kept.accounts, gone), **found.accounts},
        servers={**dict.fromkeys(kept.servers, gone), **found.servers},
        jobs={**dict.fromkeys(kept.jobs, gone), **found.jobs},
        groups=sorted({*kept.groups, *found.groups}, key=str.casefold),
        tags=found.tags,
    )


def _names() -> Names:
    db, sees = context().db, viewer().sees
    known = {server.id: server for server in servers.visible(db, sees) if server.archived_at is None}
    found = [job for job in jobs.visible(db, sees) if job.server_id in known]
    return Names(
        accounts={id: visible(name) for id, name in accounts.names(db, sees).items()},
        servers={id: visible(server.label) for id, server in known.items()},
        jobs={job.id: full_name(known[job.server_id], job) for job in found},
        groups=sorted(
            {server.group_name for server in known.values() if server.group_name}, key=str.casefold
        ),
        tags=sorted({tag for job in found for tag in tags_in(job.tags)}, key=str.casefold),
    )


def lists(known: Names, form: Form, *, with_accounts: bool) -> list[Choices]:
    """The lists to choose from, those first that are chosen."""
    found = [
        _choices("servers", _("Servers"), known.servers, form),
        _choices("groups", _("Groups of servers"), {name: visible(name) for name in known.groups}, form),
        _choices("jobs", _("Jobs"), known.jobs, form),
    ]
    if with_accounts and len(known.accounts) > 1:
        found.insert(0, _choices("accounts", _("Accounts, with their sub-accounts"), known.accounts, form))
    return [item for item in found if item.items]


def read(form: Form, known: Names) -> dict[str, Any]:
    """What of a match was chosen, as core.alerts.rule.parse_match reads it, of what is there to be seen."""
    return {
        "accounts": _ids(form, "accounts", known.accounts),
        "servers": _ids(form, "servers", known.servers),
        "jobs": _ids(form, "jobs", known.jobs),
        "groups": [name for name in known.groups if name in form.ticked("groups")],
        "tags": texts(form, "tags"),
        "tags_all": texts(form, "tags_all"),
        "tags_none": texts(form, "tags_none"),
    }


def fields(match: Match) -> dict[str, str | list[str]]:
    """What a form begins with that shows a match."""
    return {
        "accounts": [str(id) for id in match.accounts],
        "servers": [str(id) for id in match.servers],
        "jobs": [str(id) for id in match.jobs],
        "groups": list(match.groups),
        "tags": ", ".join(match.tags),
        "tags_all": ", ".join(match.tags_all),
        "tags_none": ", ".join(match.tags_none),
    }


def texts(form: Form, name: str) -> list[str]:
    """Texts that were typed with commas between them."""
    typed = [" ".join(part.split()) for part in form.typed(name)[:20_000].split(",")]
    found = list(dict.fromkeys(part for part in typed if part))
    if any(len(part) > LONGEST for part in found):
        form.wrong[name] = _("At most %(most)s characters.") % {"most": LONGEST}
        return []
    return found


def in_words(match: Match, known: Names) -> str:
    """For which jobs it is: "on server nas, tagged prod"; "" for all."""
    parts = []
    if match.accounts:
        parts.append(_("of account %(names)s") % {"names": _named(match.accounts, known.accounts)})
    if match.servers:
        parts.append(_("on server %(names)s") % {"names": _named(match.servers, known.servers)})
    if match.groups:
        parts.append(_("in group %(names)s") % {"names": _listed(match.groups)})
    if match.jobs:
        parts.append(_("of job %(names)s") % {"names": _named(match.jobs, known.jobs)})
    if match.tags:
        parts.append(_("tagged %(names)s") % {"names": _listed(match.tags)})
    if match.tags_all:
        parts.append(_("tagged with all of %(names)s") % {"names": ", ".join(_shown(match.tags_all))})
    if match.tags_none:
        parts.append(_("not tagged %(names)s") % {"names": _listed(match.tags_none)})
    return ", ".join(parts)


def _choices(name: str, label: str, known: Mapping[Key, str], form: Form) -> Choices:
    ticked = set(form.ticked(name))
    first = sorted(known, key=lambda key: (str(key) not in ticked, known[key].casefold()))
    items = [Choice(str(key), _short(known[key]), str(key) in ticked) for key in first[:MOST_CHOICES]]
    return Choices(name, label, items, len(known) - len(items))


def _ids(form: Form, name: str, known: Collection[int]) -> list[int]:
    return sorted({id for typed in form.ticked(name) if (id := number_in(typed)) in known})


def _named(ids: Iterable[int], known: Mapping[int, str]) -> str:
    return _listed([known.get(id, _("no longer there")) for id in ids])


def _listed(found: Collection[str]) -> str:
    *first, last = _shown(found)
    return _("%(names)s or %(last)s") % {"names": ", ".join(first), "last": last} if first else last


def _shown(found: Collection[str]) -> list[str]:
    """The first names, and how many more there are."""
    shown = [_short(visible(name)) for name in list(found)[:MOST_NAMED]]
    more = len(found) - len(shown)
    if more:
        shown.append(ngettext("%(number)s more", "%(number)s more", more) % {"number": more})
    return shown


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
