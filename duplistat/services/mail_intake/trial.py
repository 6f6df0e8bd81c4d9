"""What would be understood of a mail: nothing is recorded."""

from duplistat.config import Config
from duplistat.core.times import from_ms
from duplistat.services.reports import mails
from duplistat.services.reports.mails import Understood
from duplistat.store.database import Database

# Characters of a text that are looked at.
MOST_PASTED = 100_000


def understood(
    db: Database, config: Config, account: int, *, subject: str, text: str, now: int
) -> Understood:
    """What a mail to an address of that account would tell of, if the address names neither server nor job."""
    subject = " ".join(subject.split())
    return mails.read(
        f"Subject: {subject}\n\n{text[:MOST_PASTED]}".encode("utf-8", "replace"),
        names={},
        received=from_ms(now),
        own_rules=mails.own_rules(db, account),
        max_log_lines=0,
    )
