"""Where the Duplicati of a server may answer: its reports do not say so, but they came from somewhere."""

import json

from duplistat.core.agent_address import DUPLICATI_PORT
from duplistat.core.client_versions import client_version
from duplistat.http.context import context
from duplistat.services.reports.intake import COLLECTED, MAIL
from duplistat.store import deliveries
from duplistat.store.servers import Server


def guessed_address(server: Server) -> str:
    """http://10.0.0.5:8200, by where the latest report of Duplicati came from; "" where none is kept. One statement."""
    sender = deliveries.newest_sender(
        context().db, server.id, format="duplicati", elsewhere=(MAIL, COLLECTED)
    )
    if not sender:
        return ""
    host = f"[{sender}]" if ":" in sender else sender
    return f"http://{host}:{DUPLICATI_PORT}"


def has_duplicati(server: Server) -> bool:
    """Whether Duplicati reports of a server, as far as is known."""
    return bool(client_version(json.loads(server.facts)).parts or guessed_address(server))
