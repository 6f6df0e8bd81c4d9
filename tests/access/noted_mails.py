"""What is noted of mails as reports: their addresses, and rules for what they mean."""

from collections.abc import Callable
from typing import Any

from duplistat.services.mail_intake import addresses, own_rules
from tests.access.noted_world import Command, World


def mail_address(w: World) -> str:
    """The name of an address of `main`."""
    make = addresses.make_mail_address
    w.site.writes.run(make, account=1, name="nas", server="", job="", **w.site.signature())
    return "nas"


def mail_rule(w: World) -> int:
    """The number of a rule of `main`."""
    return w.site.writes.run(own_rules.add_mail_rule, account=1, **RULE, **w.site.signature())


RULE = {"place": "subject", "pattern": "done", "status": "success", "operation": "backup"}
OF_MAILS: dict[Command, tuple[Callable[[World], dict[str, Any]], str]] = {
    addresses.make_mail_address: (
        lambda w: {"account": 1, "name": "a", "server": "", "job": ""},
        "mail_address.create",
    ),
    addresses.revoke_mail_address: (lambda w: {"account": 1, "name": mail_address(w)}, "mail_address.revoke"),
    own_rules.add_mail_rule: (lambda w: {"account": 1, **RULE}, "mail_rule.add"),
    own_rules.drop_mail_rule: (lambda w: {"rule": mail_rule(w)}, "mail_rule.drop"),
}
