"""Who calls: from where, with which key, and for which accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_plus

from flask import Request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import Context
from duplistat.services import keys
from duplistat.store import accounts
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Caller:
    """`account` owns what the caller reports."""

    account: int
    address: str
    _db: Database

    @property
    def sees(self) -> tuple[int, ...]:
        """The accounts that the caller may read: its own and all below it."""
        return accounts.visible(self._db, self.account)


def caller_of(request: Request, context: Context, scope: keys.Scope) -> Caller:
    """The caller, allowed to do what `scope` says.

    Raises DuplistatError: unauthorized without a key where [api] require_key is set, or with one that is
    not valid, which is checked in any case; forbidden for a key without the scope.
    """
    address = address_of(request, context.config.server.trusted_proxies)
    text = key_of(request)
    if not text:
        if context.config.api.require_key:
            raise DuplistatError(Kind.UNAUTHORIZED, "An API key is needed: X-Api-Key, Authorization or ?key=")
        account = context.main_account
    else:
        now = context.now()
        key = keys.check(context.db, text, scope, now)
        if keys.worth_touching(key, now):
            context.writes.call("touch_key", {"key": key.id, "address": address, "now": now})
        account = key.account_id
    return Caller(account, address, context.db)


def key_of(request: Request) -> str:
    """The key that a request brings, in any of the ways that clients can send one; "" for none."""
    header = request.headers.get("X-Api-Key")
    if header:
        return header.strip()
    authorization = request.authorization
    if authorization is not None:
        if authorization.type == "bearer" and authorization.token:
            return authorization.token.strip()
        if authorization.type == "basic" and authorization.password:
            return authorization.password
    return request.args.get("key", "") if request.query_string else ""


def address_of(request: Request, trusted_proxies: tuple[str, ...]) -> str:
    """The caller's address: the connection's, or what a trusted proxy says about it.

    X-Forwarded-For is read from its end, which the nearest proxy wrote, to the first hop that is not trusted.
    """
    address = request.remote_addr or ""
    if not trusted_proxies:
        return address
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted_proxies):
        nearer = _plain(hops.pop())
        if not nearer:
            break
        address = nearer
    return address


def _is_trusted(address: str, trusted_proxies: tuple[str, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    # On a socket for both, IPv4 comes in this dress.
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in ip_network(network) for network in trusted_proxies)


def _plain(hop: str) -> str:
    """The address in one hop of X-Forwarded-For, without port or brackets; "" when it is none."""
    bare = hop.removeprefix("[").partition("]")[0] if hop.startswith("[") else hop
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""


def query_without_key(arguments: Mapping[str, str], raw: str) -> str:
    """A raw query string as it may be stored: without the key."""
    if "key" not in arguments:
        return raw
    return "&".join(part for part in raw.split("&") if unquote_plus(part.partition("=")[0]) != "key")
