"""The cookie of a session: who is signed in, and how a sign-in is handed over."""

from flask import Request, Response

from duplistat.http.caller import address_of, is_tls
from duplistat.http.context import Context
from duplistat.services import sessions
from duplistat.services.sessions import Opened, Visitor
from duplistat.services.signed import Signed

COOKIE = "duplistat_session"


def signed_of(request: Request, context: Context) -> Signed:
    """Who is signed in. Raises DuplistatError: unauthorized for nobody, forbidden for a frozen account."""
    now = context.now()
    session = sessions.find(context.db, request.cookies.get(COOKIE, ""), now)
    sessions.keep_alive(context.writes, session, now)
    return sessions.signed(session)


def visitor_of(request: Request, context: Context, *, remember: bool) -> Visitor:
    """Who wants to sign in."""
    return Visitor(
        address=address_of(request, context.config.server.trusted_proxies),
        agent=request.headers.get("User-Agent", ""),
        cookie=request.cookies.get(COOKIE, ""),
        remember=remember,
    )


def hand_over(
    response: Response, request: Request, context: Context, opened: Opened, visitor: Visitor
) -> None:
    """Give the cookie of a session that began; one that is not remembered ends with the browser."""
    response.set_cookie(
        COOKIE,
        opened.cookie,
        max_age=sessions.REMEMBER_MS // 1000 if visitor.remember else None,
        httponly=True,
        samesite="Lax",
        secure=is_tls(request, context.config.server.trusted_proxies),
    )
