"""Errors in the sentences of this protocol: its clients know them, whatever pages and other calls say by now."""

from duplistat.services.agents import registry
from duplistat.services.people import sessions

_OWN = {
    registry.UNKNOWN: "there is no such service",
    registry.REMOVED: "this service is cancelled",
    registry.SUSPENDED: "this service is restricted",
    registry.IN_MAINTENANCE: "this service is in maintenance",
    sessions.SUSPENDED: "This account is suspended",
}


def own(message: str) -> str:
    return _OWN.get(message, message)
