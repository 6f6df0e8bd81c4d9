"""The mail to somebody who forgot a password. It goes out in the background, by a thread of this process."""

import logging

from duplistat.config import Config
from duplistat.notify.mail import MailError, MailServer, send
from duplistat.notify.outbox import Outbox

log = logging.getLogger(__name__)

OUTBOX = Outbox()
SUBJECT = "A new password for your backup status account"
TEXT = """Hello,

somebody asked for a new password for the account with this e-mail address.
If it was you, follow this link within an hour. It works once:

{link}

If it was not you, you need not do anything: your password stays as it is.
"""


def link(config: Config, code: str) -> str:
    """Where a code can be used. The caller's Host header has no say in it: anybody could write theirs there."""
    own = config.server
    host = f"[{own.host}]" if ":" in own.host else own.host
    base = own.public_url.rstrip("/") or f"http://{host}:{own.port}"
    return f"{base}/password?recoverycode={code}"


def post(config: Config, to: str, code: str) -> None:
    """Send a code to an address soon. What goes wrong is logged, without the code."""
    mail = config.mail
    if not mail.host:
        log.warning("a recovery mail was asked for, but no mail server is set: [mail] host")
        return
    server = MailServer(
        mail.host, mail.port, mail.sender or f"duplistat@{mail.host}", mail.user, mail.password, mail.tls
    )

    def deliver() -> None:
        try:
            send(server, to=to, subject=SUBJECT, text=TEXT.format(link=link(config, code)))
        except MailError as e:
            log.error("a recovery mail was not sent: %s", e)

    OUTBOX.put(deliver)
