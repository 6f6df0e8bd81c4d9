"""Who calls: from where, with which key, and for which accounts."""

import contextlib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_plus

from flask import Request

from duplistat.core.bucket import refusal
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.http.context import Context
from duplistat.services.access import api_keys, rate_limits
from duplistat.services.writes import prepare
from duplistat.store import accounts
from duplistat.store.database import Database
from duplistat.store.keys import Key

# What a query may hold that nobody else may know.
KEY, SECRET = "key", "secret"
_VEILED = (KEY, SECRET)


@dataclass(frozen=True, slots=True)
class Caller:
    """`account` owns what the caller reports. `key` is the id of its API key, None without one; `name` its name, and
    `may` what it may do."""

    account: int
    key: int | None
    address: str
    _db: Database
    name: str = ""
    may: frozenset[str] = frozenset()

    @property
    def sees(self) -> tuple[int, ...]:
        """The accounts that the caller may read: its own and all below it."""
        return accounts.visible(self._db, self.account)


def caller_of(
    request: Request,
    context: Context,
    scope: api_keys.Scope,
    *,
    always_key: bool = False,
    or_secret: bool = False,
) -> Caller:
    """The caller, allowed to do what `scope` says.

    With `or_secret` the secret of a report URL is as good as a key; whether it is right is not looked at here.

    Raises DuplistatError: unauthorized without a key where [api] require_key or `always_key` asks for one, or
    with one that is not valid, which is checked in any case; forbidden for a key without the scope; too_many
    for an address that tried too many keys.
    """
    address = address_of(request, context.config.server.trusted_proxies)
    text = key_of(request)
    if not text:
        if or_secret and secret_of(request):
            return Caller(context.main_account, None, address, context.db)
        if always_key or context.config.api.require_key:
            raise DuplistatError(Kind.UNAUTHORIZED, "An API key is needed: X-Api-Key, Authorization or ?key=")
        return Caller(context.main_account, None, address, context.db)
    return caller_with(context, text, address, scope)


def caller_with(context: Context, text: str, address: str, scope: api_keys.Scope) -> Caller:
    """The caller with a key, allowed to do what `scope` says. Raises DuplistatError as `caller_of`."""
    now = context.now()
    key = valid_key(context, text, address, now)
    api_keys.require(key, scope)
    if api_keys.worth_touching(key, address, now):
        # What cannot be written now can be read all the same.
        with contextlib.suppress(WriteFailed):
            context.writes.run(api_keys.touch_key, key=key.id, address=address, now=now)
    return Caller(key.account_id, key.id, address, context.db, key.name, api_keys.granted(key.scopes))


def valid_key(context: Context, text: str, address: str, now: int) -> Key:
    """The row of a key that is valid now, as long as its address may still try keys. Raises DuplistatError.

    An address that tried too many is not told which one is right. But a key that was used from there before
    is still let in: one script with an old key must not silence all others behind the same router.
    """
    bucket = rate_limits.for_wrong_keys(context.config.limits, address)
    try:
        key = api_keys.find(context.db, text, now)
    except DuplistatError:
        count_wrong(context, address, now)
        raise
    if bucket is not None and not rate_limits.same_place(address, key.last_used_from):
        wait = rate_limits.wait_for(context.db, bucket, now)
        if wait:
            raise refusal(bucket.limit, wait)
    return key


def count_wrong(context: Context, address: str, now: int) -> None:
    """Count a wrong key, or a wrong secret of a report URL. Raises DuplistatError (too_many) after too many."""
    bucket = rate_limits.for_wrong_keys(context.config.limits, address)
    if bucket is None:
        return
    # Who has no tokens left costs no write.
    wait = rate_limits.wait_for(context.db, bucket, now)
    if wait:
        raise refusal(bucket.limit, wait) from None
    context.writes.submit(prepare(rate_limits.take_token), rate_limits.token_of(bucket, now))


def key_of(request: Request) -> str:
    """The key that a request brings, in any of the ways that clients can send one; "" for none."""
    header = request.environ.get("HTTP_X_API_KEY")
    if header:
        return str(header).strip()
    if "HTTP_AUTHORIZATION" in request.environ and (authorization := request.authorization) is not None:
        if authorization.type == "bearer" and authorization.token:
            return authorization.token.strip()
        if authorization.type == "basic" and authorization.password:
            return authorization.password
    return request.args.get(KEY, "") if request.query_string else ""


def secret_of(request: Request) -> str:
    """The secret of a report URL that a request was sent to; "" for none."""
    return request.args.get(SECRET, "").strip() if request.query_string else ""


def address_of(request: Request, trusted_proxies: tuple[str, ...]) -> str:
    """The caller's address: the connection's, or what a trusted proxy says about it."""
    address = request.remote_addr or ""
    if not trusted_proxies:
        return address
    return client_of(address, request.headers.get("X-Forwarded-For", ""), trusted_proxies)


def client_of(address: str, forwarded_for: str, trusted_proxies: tuple[str, ...]) -> str:
    """The address behind that of a connection. X-Forwarded-For is read from its end, which the nearest proxy wrote,
    to the first hop that is not trusted.
    """
    if not trusted_proxies:
        return address
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and is_trusted(address, trusted_proxies):
        nearer = _plain(hops.pop())
        if not nearer:
            break
        address = nearer
    return address


def is_tls(request: Request, trusted_proxies: tuple[str, ...]) -> bool:
    """Whether the caller speaks TLS to a trusted proxy; without one there is none."""
    if not is_trusted(request.remote_addr or "", trusted_proxies):
        return False
    return request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower() == "https"


def is_trusted(address: str, trusted_proxies: tuple[str, ...]) -> bool:
    """Whether an address is a trusted proxy's."""
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


def query_to_keep(raw: str) -> str:
    """A raw query string as it may be stored: without keys and secrets, in whichever case they are written."""
    if not raw:
        return raw
    return "&".join(part for part in raw.split("&") if _name(part) not in _VEILED)


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).strip().lower()
