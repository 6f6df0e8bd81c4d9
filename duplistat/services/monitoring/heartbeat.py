"""A heartbeat that goes out to somebody who watches this server: sent only while it would tell of what goes wrong."""

from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from duplistat.core.i18n import Text
from duplistat.services.monitoring.alert_health import AlertHealth


def address_of(url: str, style: Literal["healthchecks", "uptime-kuma"]) -> str:
    """What is asked for: Uptime Kuma wants to know the state in the address, Healthchecks only that it is asked."""
    if style == "healthchecks":
        return url
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"status": "up", "msg": "OK"}
    return urlunsplit(parts._replace(query=urlencode(asked)))


def why_not(alerts: AlertHealth, *, late: bool, writes_fail: bool) -> str:
    """Why none is sent: nobody would hear of what goes wrong; "" when it is sent. `late`: the last tick failed."""
    if late:
        return Text("the scheduler could not check for overdue jobs")
    if writes_fail:
        return Text("the database cannot be written to")
    return alerts.late[0] if alerts.late else ""
