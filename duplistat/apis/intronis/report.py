"""GET /v1/partners/…/reports/backup_status: how every job of every customer stands."""

from urllib.parse import quote, unquote_plus

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from duplistat.apis.intronis.encode import as_json, as_xml
from duplistat.apis.intronis.words import JSON, negotiated
from duplistat.core.conditions import Condition
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import Context, context
from duplistat.services.access.oauth_clients import Scope, token_of
from duplistat.services.accounts import names
from duplistat.services.accounts.partner_report import local, report, zones
from duplistat.store import accounts
from duplistat.store.accounts import Account
from duplistat.store.clients import Token

bp = Blueprint("partners", __name__)

PATH = "/v1/partners/<name:username>/reports/backup_status"
SCHEMES = ("oauth", "bearer")
ONE_OF = {"order_by": ("USERNAME",), "order_dir": ("ASC", "DESC"), "page": ("1",)}
# What stands in a query as it is (RFC 3986), what is quoted already among it.
_IN_QUERY = "%&=+,;:@!$'()*/?"


@bp.get(PATH)
def backup_status(username: str) -> Response:
    """The report as JSON or XML, all of it on one page.

    Raises DuplistatError: not_acceptable, unauthorized, forbidden without the scope, not_found for an account
    that this token does not see, invalid for a parameter with a value that is none.
    """
    ctx = context()
    wanted_type = negotiated()
    now = ctx.now()
    token = token_of(ctx.db, _token_text(), now)
    if Scope.PARTNERS_READ not in token.scopes.split():
        raise DuplistatError(Kind.FORBIDDEN, f"The access token lacks the scope {Scope.PARTNERS_READ}")
    partner = _seen(ctx, token, username)
    wanted, descending = _wanted(request.args)
    sees = accounts.visible(ctx.db, partner.id)
    of_accounts = zones(ctx.db, sees, ctx.schedule_defaults.zone)
    entries = report(ctx.db, sees, now, of_accounts, wanted=wanted, descending=descending)
    report_date = local(now, None, of_accounts[partner.id])
    pieces = (as_json if wanted_type == JSON else as_xml)(entries, report_date or "", _href(ctx, username))
    response = Response(pieces, mimetype=wanted_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    return response


def _token_text() -> str:
    """The token in `Authorization: OAuth …` or `Bearer …`. Raises DuplistatError (unauthorized) without one."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() not in SCHEMES or not token.strip():
        raise DuplistatError(Kind.UNAUTHORIZED, "An access token is needed: Authorization: OAuth TOKEN")
    return token.strip()


def _seen(ctx: Context, token: Token, username: str) -> Account:
    """The account of that name, at or below the token's own.

    Raises DuplistatError: invalid when several are called so; forbidden for `main` above it, whose name everybody
    knows; not_found for any other, whether it exists elsewhere or not: a token tells nothing about strangers.
    """
    own, main = accounts.by_id(ctx.db, token.account_id), accounts.main(ctx.db)
    try:
        return names.find(accounts.below(ctx.db, own) if own else [], username)
    except DuplistatError as e:
        if e.kind is not Kind.NOT_FOUND:
            raise
    if own and main and username == main.name and own.path.startswith(main.path):
        raise DuplistatError(Kind.FORBIDDEN, f"This access token does not read for {username!r}")
    raise DuplistatError(Kind.NOT_FOUND, f"There is no partner {username!r}")


def _wanted(arguments: MultiDict[str, str]) -> tuple[set[Condition], bool]:
    """(the conditions that are asked for, whether the order is reversed). Raises DuplistatError (invalid)."""
    wanted = set()
    for text in arguments.getlist("condition_status"):
        for word in text.split(","):
            wanted.add(Condition(_one_of("condition_status", word.strip(), tuple(Condition))))
    for name, allowed in ONE_OF.items():
        for text in arguments.getlist(name):
            _one_of(name, text, allowed)
    return wanted, arguments.get("order_dir") == "DESC"


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise DuplistatError(
            Kind.INVALID, f"{name} must be {' or '.join(allowed)}, in upper case, not {value[:100]!r}"
        )
    return value


def _href(ctx: Context, username: str) -> str:
    """The absolute address of this report, with its query, as page 1."""
    base = ctx.config.public_address or request.url_root
    # The name is quoted anew: in the path as it came to us, %2F is a slash like any other.
    path = PATH.replace("<name:username>", quote(username, safe=""))
    asked = quote(request.query_string, safe=_IN_QUERY).split("&")
    query = [part for part in asked if part and unquote_plus(part.partition("=")[0]) != "page"]
    return f"{base.rstrip('/')}{path}?{'&'.join([*query, 'page=1'])}"
