"""The mails with which people choose a password: those who forgot theirs, and those who are new.

They go out in the background, by a thread of this process.
"""

import logging
from collections.abc import Sequence

from duplistat.config import Config
from duplistat.core.visible import visible
from duplistat.notify.mail import MailError, MailServer, send
from duplistat.notify.outbox import Outbox
from duplistat.services.people.users import Recovery

log = logging.getLogger(__name__)

OUTBOX = Outbox()
SUBJECT = "A new password for your backup status account"
TEXT = """Hello,

somebody asked for a new password for the account with this e-mail address.
If it was you, follow this link within an hour. It works once, also while sign-ins are
locked because too many failed:

{link}

If it was not you, you need not do anything: your password stays as it is.
"""

SEVERAL = """Hello,

somebody asked for a new password for the accounts with this e-mail address.
If it was you, follow the link of the account whose password you want to set within an hour.
Each works once, also while sign-ins are locked because too many failed:

{links}

If it was not you, you need not do anything: your passwords stay as they are.
"""

INVITATION = "Your backup status account"
INVITED = """Hello,

you can now see how backups stand at {home}.
Follow this link within an hour and choose a password. It works once:

{link}

Later, let a new link be sent to this e-mail address: {again}
"""


def link(config: Config, code: str) -> str:
    """Where a code can be used. The caller's Host header has no say in it: anybody could write theirs there."""
    return f"{config.own_url}/password?recoverycode={code}"


def post(config: Config, to: str, recoveries: Sequence[Recovery]) -> None:
    """Send somebody who forgot a password one mail with all codes, if there are any."""
    links = [(visible(each["account"]), link(config, each["code"])) for each in recoveries]
    if len(links) == 1:
        _post(config, to, SUBJECT, TEXT.format(link=links[0][1]))
    elif links:
        listed = "\n\n".join(f"{name}:\n{address}" for name, address in links)
        _post(config, to, SUBJECT, SEVERAL.format(links=listed))


def invite(config: Config, to: str, code: str) -> None:
    """Send a code to somebody who is new."""
    own = config.own_url
    text = INVITED.format(home=own, link=link(config, code), again=f"{own}/forgotten")
    _post(config, to, INVITATION, text)


def _post(config: Config, to: str, subject: str, text: str) -> None:
    """Send a mail soon. What goes wrong is logged, without the code."""
    mail = config.mail
    if not mail.host:
        log.warning("password reset mail not sent: no mail server is configured ([mail] host)")
        return
    server = MailServer(
        mail.host, mail.port, mail.sender or f"duplistat@{mail.host}", mail.user, mail.password, mail.tls
    )

    def deliver() -> None:
        try:
            send(server, to=to, subject=subject, text=text)
        except MailError as e:
            log.error("password reset mail not sent: %s", e)

    OUTBOX.put(deliver)
