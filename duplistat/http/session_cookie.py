"""The cookie of a session: who is signed in, how a sign-in is handed over, and whose pages may ask for one."""

from urllib.parse import urlsplit

from flask import Request, Response

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http import cookies
from duplistat.http.caller import address_of
from duplistat.http.context import Context
from duplistat.services import audit
from duplistat.services.audit import By, Signature
from duplistat.services.people import sessions
from duplistat.services.people.identity import CurrentUser
from duplistat.services.people.sessions import Opened, Visitor

COOKIE = "duplistat_session"


def require_own_page(request: Request, context: Context) -> None:
    """Raises DuplistatError (forbidden) for a form that a page of another site sends.

    SameSite=Lax lets pages of a sibling host through, and does not keep anybody from being signed in as somebody
    else. Browsers tell where a form is from; programs do not, and need not.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        # Older browsers, and those that do not trust the line.
        origin = request.headers.get("Origin")
        ours = {request.host, urlsplit(context.config.server.public_url).netloc} - {""}
        is_ours = origin is None or origin.partition("://")[2] in ours
    if not is_ours:
        raise DuplistatError(
            Kind.FORBIDDEN,
            "This was sent by a page of another site. If it is ours behind a proxy, set [server] public_url",
        )


def signed_of(request: Request, context: Context, *, is_use: bool = True) -> CurrentUser:
    """Who is signed in; unless `is_use`, their session does not live on by this request.

    Raises DuplistatError: unauthorized for nobody, forbidden for a suspended account.
    """
    now = context.now()
    session = sessions.find(context.db, request.cookies.get(COOKIE, ""), now)
    if is_use:
        sessions.keep_alive(context.writes, session, now)
    return sessions.signed(session)


def by_of(request: Request, context: Context, signed: CurrentUser | None) -> By:
    """Who makes the change of a request, for the audit log."""
    address = address_of(request, context.config.server.trusted_proxies)
    return By(signed.user, signed.email, address) if signed else audit.nobody(address)


def signature_of(request: Request, context: Context, signed: CurrentUser | None) -> Signature:
    """What every command that is noted takes: who makes the change of a request, now."""
    return {"by": by_of(request, context, signed).plain(), "now": context.now()}


def visitor_of(request: Request, context: Context, *, remember: bool) -> Visitor:
    """Who wants to sign in."""
    return Visitor(
        address=address_of(request, context.config.server.trusted_proxies),
        agent=request.headers.get("User-Agent", ""),
        cookie=request.cookies.get(COOKIE, ""),
        remember=remember,
    )


def hand_over(response: Response, opened: Opened, visitor: Visitor) -> None:
    """Give the cookie of a session that began; one that is not remembered ends with the browser."""
    seconds = sessions.REMEMBER_MS // 1000 if visitor.remember else None
    cookies.give(response, COOKIE, opened.cookie, seconds=seconds)
