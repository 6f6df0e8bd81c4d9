"""The audit log in words: what each action is called, and what changed."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from duplistat.core.i18n import later
from duplistat.store.audit import Entry
from duplistat.web.formatting import duration, visible
from duplistat.web.language import gettext as _

# What stands before the dot of an action, as a choice.
SUBJECTS = {
    "user": later("Sign-in and people"),
    "contact": later("Contacts"),
    "session": later("Sessions"),
    "account": later("Accounts"),
    "key": later("Keys"),
    "client": later("Clients"),
    "service": later("Services"),
    "server": later("Servers"),
    "job": later("Jobs"),
    "delivery": later("Deliveries"),
    "secrets": later("Stored passwords"),
    "setting": later("Settings"),
    "database": later("Database"),
}
ACTIONS = {
    "user.sign_in": later("signed in"),
    "user.sign_in_failed": later("sign-in failed"),
    "user.locked": later("locked out"),
    "user.unlock": later("unlocked"),
    "user.sign_out": later("signed out"),
    "user.recovery": later("asked for a new password"),
    "user.reset_password": later("new password set"),
    "user.password": later("password changed"),
    "user.set": later("person changed"),
    "user.set_up": later("came in as the first one"),
    "user.create": later("person made"),
    "user.remove": later("person removed"),
    "contact.create": later("contact made"),
    "contact.remove": later("contact removed"),
    "session.end": later("session ended"),
    "account.register": later("registered"),
    "account.create": later("account made"),
    "account.set": later("account changed"),
    "account.move": later("account moved"),
    "account.freeze": later("account frozen"),
    "account.thaw": later("account open again"),
    "account.export": later("account exported"),
    "account.delete_asked": later("deletion of an account begun"),
    "account.delete": later("account deleted"),
    "key.create": later("key made"),
    "key.import": later("key taken over"),
    "key.rotate": later("key replaced"),
    "key.revoke": later("key revoked"),
    "client.create": later("client made"),
    "client.revoke": later("client revoked"),
    "service.add": later("service added"),
    "service.set": later("service changed"),
    "service.configure": later("service configured"),
    "service.run": later("backup started"),
    "service.freeze": later("service frozen"),
    "service.thaw": later("service open again"),
    "service.maintain": later("maintenance of a service set"),
    "service.cancel": later("service cancelled"),
    "service.collect": later("asked its agent"),
    "service.report_url": later("report URL made"),
    "service.rotate_report_url": later("report URL replaced"),
    "server.set": later("server changed"),
    "server.merge": later("servers merged"),
    "server.unmerge": later("merge of servers undone"),
    "server.keep_apart": later("machines of one id kept apart"),
    "server.keep_one": later("machines of one id left one"),
    "server.bring_back": later("server back from the archive"),
    "server.export": later("server exported"),
    "server.delete": later("server deleted"),
    "job.set": later("job changed"),
    "job.dismiss": later("failure of a job dismissed"),
    "job.join": later("jobs joined"),
    "job.unjoin": later("joining of jobs undone"),
    "job.keep": later("jobs kept apart"),
    "job.export": later("job exported"),
    "job.delete": later("job deleted"),
    "delivery.dismiss": later("put away"),
    "delivery.put_back": later("put back"),
    "delivery.replay": later("read again"),
    "setting.set": later("setting changed"),
    "database.backup": later("backup of the database taken"),
    "database.check": later("database checked"),
    "secrets.rotate": later("key of stored passwords replaced"),
}


# More of a value is in the files.
LONGEST = 300
_SECONDS = "_seconds"


class Change(NamedTuple):
    """One field; `before` and `after` are None where there is no such side."""

    field: str
    before: str | None
    after: str | None


def action_words(action: str) -> str:
    """What an action is called, for people; one that nobody named as it is."""
    return _(ACTIONS[action]) if action in ACTIONS else visible(action.replace(".", " ").replace("_", " "))


def changes_of(entry: Entry) -> Iterator[Change]:
    """What changed, field by field."""
    before, after = json.loads(entry.before), json.loads(entry.after)
    for field in dict.fromkeys([*before, *after]):
        yield Change(
            visible(field.removesuffix(_SECONDS).replace("_", " ")),
            _words(field, before[field]) if field in before else None,
            _words(field, after[field]) if field in after else None,
        )


def _words(field: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_words("", part) for part in value) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and field.endswith(_SECONDS):
        return duration(value * 1000)
    text = visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
