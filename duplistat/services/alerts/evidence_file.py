"""Evidence as a signed file, and whether one is as it was made."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from duplistat.config import Config
from duplistat.core.alerts import evidence_html
from duplistat.core.alerts.evidence_files import as_csv, as_json
from duplistat.core.alerts.evidence_html import Writer
from duplistat.core.alerts.evidence_seal import Seal, check, sealed
from duplistat.core.i18n import Say
from duplistat.services.alerts.evidence import Evidence
from duplistat.services.configuration import secrets

TYPES = {"json": "application/json", "csv": "text/csv", "html": "text/html"}


def pieces(
    config: Config, found: Evidence, kind: str, *, say: Say, zone: ZoneInfo, address: str
) -> Iterator[str]:
    """A file of TYPES, a job at a time. Its links lead to our `address`; without one there are none.

    Raises DuplistatError (unavailable) without a key to sign with.
    """
    key = secrets.keys_or_new(config)[0].encode("ascii")

    def link(path: str) -> str:
        return f"{address}{path}" if address else ""

    if kind == "json":
        made = as_json(found.head, found.jobs, found.tail)
    elif kind == "csv":
        made = as_csv(found.head, found.jobs, found.tail, link)
    else:
        made = evidence_html.as_document(found.head, found.jobs, found.tail, Writer(zone, say, link))
    return sealed(made, kind, key)


def check_file(config: Config, content: Iterable[bytes]) -> Seal:
    """Whether a file is as this server made it. Raises DuplistatError (unavailable) without a key."""
    return check(content, [key.encode("ascii") for key in secrets.keys(config)])
