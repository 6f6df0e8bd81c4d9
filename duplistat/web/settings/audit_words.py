"""The audit log in words: what each action is called, and what changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from duplistat.core.i18n import later
from duplistat.services.audit import COMMAND_LINE, NOBODY
from duplistat.store.audit import Entry
from duplistat.web.formatting import duration, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.states import role_words

# What stands before the dot of an action, as a choice.
SUBJECTS = {
    "user": later("Sign-in and users"),
    "contact": later("Contacts"),
    "session": later("Sessions"),
    "account": later("Accounts"),
    "key": later("API keys"),
    "client": later("OAuth clients"),
    "service": later("Duplicati connections"),
    "server": later("Servers"),
    "job": later("Jobs"),
    "delivery": later("Unrecognised reports"),
    "import": later("Imports"),
    "ping": later("Ping URLs"),
    "ping_key": later("Ping keys"),
    "badge": later("Badges"),
    "mail_address": later("Mail addresses"),
    "mail_rule": later("Rules for mails"),
    "wall": later("Wall display"),
    "view": later("Saved views"),
    "problem": later("Problems"),
    "rule": later("Alert rules"),
    "silence": later("Silences"),
    "channel": later("Channels"),
    "device": later("Devices for notifications"),
    "notice": later("Notices"),
    "digest": later("Digests"),
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
    "user.recovery": later("password reset requested"),
    "user.reset_password": later("password reset"),
    "user.password": later("password changed"),
    "user.set": later("user edited"),
    "user.set_up": later("set-up completed"),
    "user.create": later("user created"),
    "user.remove": later("user removed"),
    "contact.create": later("contact created"),
    "contact.remove": later("contact removed"),
    "session.end": later("session ended"),
    "account.register": later("account registered"),
    "account.create": later("account created"),
    "account.set": later("account edited"),
    "account.move": later("account moved"),
    "account.suspend": later("account suspended"),
    "account.reactivate": later("account reactivated"),
    "account.export": later("account exported"),
    "account.delete_asked": later("account deletion started"),
    "account.delete": later("account deleted"),
    "key.create": later("API key created"),
    "key.import": later("API key imported"),
    "key.rotate": later("API key rotated"),
    "key.revoke": later("API key revoked"),
    "ping.create": later("ping URL created"),
    "ping.rotate": later("ping URL rotated"),
    "ping.revoke": later("ping URL revoked"),
    "ping.set": later("ping URL edited"),
    "badge.create": later("badge created"),
    "badge.revoke": later("badge revoked"),
    "ping_key.create": later("ping key created"),
    "ping_key.rotate": later("ping key rotated"),
    "ping_key.revoke": later("ping key revoked"),
    "mail_address.create": later("mail address created"),
    "mail_address.revoke": later("mail address revoked"),
    "mail_rule.add": later("rule for mails added"),
    "mail_rule.drop": later("rule for mails removed"),
    "view.create": later("shared view created"),
    "view.set": later("shared view edited"),
    "view.delete": later("shared view deleted"),
    "wall.create": later("wall display link created"),
    "wall.revoke": later("wall display link revoked"),
    "client.create": later("OAuth client created"),
    "client.revoke": later("OAuth client revoked"),
    "service.add": later("connection created"),
    "service.set": later("connection edited"),
    "service.configure": later("connection configured"),
    "service.run": later("backup started"),
    "service.suspend": later("connection suspended"),
    "service.reactivate": later("connection reactivated"),
    "service.maintain": later("connection maintenance set"),
    "service.cancel": later("connection removed"),
    "service.collect": later("collected"),
    "service.test": later("connection tested"),
    "service.report_url": later("report URL created"),
    "service.rotate_report_url": later("report URL rotated"),
    "server.set": later("server edited"),
    "server.merge": later("servers merged"),
    "server.unmerge": later("server merge undone"),
    "server.keep_apart": later("servers with the same machine ID kept apart"),
    "server.keep_one": later("servers with the same machine ID kept as one"),
    "server.bring_back": later("server restored"),
    "server.export": later("server exported"),
    "server.delete": later("server deleted"),
    "job.set": later("job edited"),
    "job.dismiss": later("job failure dismissed"),
    "job.join": later("jobs merged"),
    "job.unjoin": later("job merge undone"),
    "job.keep": later("jobs kept apart"),
    "job.export": later("job exported"),
    "job.delete": later("job deleted"),
    "import.begin": later("import of another program's data started"),
    "import.end": later("data of another program imported"),
    "delivery.dismiss": later("report dismissed"),
    "delivery.put_back": later("report reopened"),
    "delivery.replay": later("report reprocessed"),
    "problem.acknowledge": later("problem acknowledged"),
    "rule.create": later("alert rule created"),
    "rule.set": later("alert rule edited"),
    "rule.delete": later("alert rule deleted"),
    "silence.create": later("silence set"),
    "silence.end": later("silence ended"),
    "channel.add": later("channel created"),
    "channel.set": later("channel edited"),
    "channel.delete": later("channel deleted"),
    "channel.on": later("channel turned on"),
    "channel.off": later("channel turned off"),
    "channel.test": later("test message sent"),
    "channel.send": later("waiting messages of the channel sent"),
    "channel.verified": later("channel verified"),
    "channel.rotate": later("secret of the channel rotated"),
    "device.add": later("device for notifications added"),
    "device.remove": later("device for notifications removed"),
    "channel.ask": later("confirmation of an address requested"),
    "channel.verify_address": later("address confirmed"),
    "channel.unsubscribe": later("address unsubscribed"),
    "channel.resubscribe": later("address subscribed again"),
    "notice.retry": later("notice sent again"),
    "notice.drop": later("notice dropped"),
    "digest.create": later("digest created"),
    "digest.set": later("digest changed"),
    "digest.send": later("digest sent at once"),
    "digest.delete": later("digest deleted"),
    "setting.set": later("setting changed"),
    "database.backup": later("database backup created"),
    "database.check": later("database checked"),
    "database.restore_check": later("database backup checked"),
    "database.restore": later("restore of the database confirmed"),
    "database.restored": later("database restored"),
    "secrets.rotate": later("encryption key of stored passwords rotated"),
}

# What actions were called before: links and programs still ask for them.
FORMER = {
    "account.freeze": "account.suspend",
    "account.thaw": "account.reactivate",
    "service.freeze": "service.suspend",
    "service.thaw": "service.reactivate",
}

# What is changed often, in the words of the pages; other fields are called as programs call them.
FIELDS = {
    "account": later("account"),
    "alias": later("display name"),
    "archived": later("archived"),
    "email": later("e-mail"),
    "grace_seconds": later("grace"),
    "name": later("name"),
    "notes": later("notes"),
    "parent": later("parent account"),
    "paused": later("paused"),
    "paused_until": later("paused until"),
    "role": later("role"),
    "schedule": later("schedule"),
    "schedule_zone": later("time zone"),
    "snoozed_until": later("acknowledged until"),
    "tags": later("tags"),
    "timezone": later("time zone"),
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


def who_words(who: str) -> str:
    """Who did it, for people."""
    return {NOBODY: _("not signed in"), COMMAND_LINE: _("command line")}.get(who) or visible(who)


def changes_of(entry: Entry, called: Mapping[int, str]) -> Iterator[Change]:
    """What changed, field by field. `called`: {id: name} of the accounts that who reads it sees."""
    before, after = json.loads(entry.before), json.loads(entry.after)
    for field in dict.fromkeys([*before, *after]):
        yield Change(
            _(FIELDS[field]) if field in FIELDS else visible(field.removesuffix(_SECONDS).replace("_", " ")),
            _words(field, before[field], called) if field in before else None,
            _words(field, after[field], called) if field in after else None,
        )


def _words(field: str, value: Any, called: Mapping[int, str]) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_words("", part, called) for part in value) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and field.endswith(_SECONDS):
        return duration(value * 1000)
    if isinstance(value, int) and field == "parent":
        value = called.get(value, f"#{value}")
    if field == "role" and isinstance(value, str):
        value = role_words().get(value, value)
    text = visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
