"""Who looks at a page, and what they may do there. Every page asks here first, and every form is checked here.

A view is for whoever is signed in, unless it is in `PUBLIC_ENDPOINTS`. A view that changes something says with `needs`
what that takes; a POST without `needs` is refused, so that none is open by being forgotten.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.http import cookies
from duplistat.http.context import Context, context
from duplistat.http.forms import MOST_BYTES, bound
from duplistat.http.session_cookie import COOKIE, by_of, signature_of, signed_of
from duplistat.services.audit import By, Signature
from duplistat.services.monitoring.schedule_import import MOST_FORM
from duplistat.services.people.identity import CurrentUser, Role
from duplistat.store import accounts, users
from duplistat.store.database import UNREACHABLE
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# Pages for those who are not signed in yet.
PUBLIC_ENDPOINTS = frozenset(
    {
        "web.sign_in",
        "web.set_up",
        "web.new_password",
        "web.set_password",
        "web.forgotten",
        "web.choose_language",
        # By the secret in its address.
        "web.wall",
        # Browsers fetch them by themselves.
        "web.manifest",
        "web.worker",
        # Says more to whoever is signed in.
        "web.offline",
    }
)
OVERVIEW = "web.overview"
LIVE = "web.live"
# What those see who need not sign in, where the overview is public.
PUBLIC = (OVERVIEW, LIVE)
SIGN_OUT = "web.sign_out"
# The cookie of a browser whose person has no session: it makes a form that was not fetched from here worthless.
FORM_COOKIE = "duplistat_form"
# The field of a form that proves that it was fetched from here.
CSRF = "csrf"
# The same, as scripts send it.
CSRF_HEADER = "X-Csrf-Token"
# Their forms have a file.
IMPORT, RESTORE, SCHEDULES = "web.settings_import_start", "web.settings_restore_start", "web.schedules_look"
NEEDS = "_needs"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `sees` are the ids of the accounts of which something is shown, `account` first of all.

    `signed` is None for the public overview. `whole` is true for an admin of `main`: what is of the whole server, and
    of no account, is theirs alone.
    """

    account: int
    sees: tuple[int, ...]
    role: Role
    signed: CurrentUser | None
    whole: bool = False

    def may(self, role: Role | str) -> bool:
        return self.signed is not None and self.role.includes(Role(role))


def viewer() -> Viewer:
    """Who looks at this page."""
    return cast(Viewer, g.viewer)


def own() -> CurrentUser:
    """Who is signed in and looks. Raises DuplistatError (forbidden)."""
    signed = viewer().signed
    if signed is None:
        raise DuplistatError(Kind.FORBIDDEN, "Sign in first")
    return signed


def needs(role: Role, *, whole: bool = False) -> Callable[[View], View]:
    """Mark a view as one for a role; with `whole`, for those who look after the whole server."""

    def mark(view: View) -> View:
        setattr(view, NEEDS, (role, whole))
        return view

    return mark


def authorize() -> ResponseReturnValue | None:
    """Before each page: who looks, whether they may, and whether a form was fetched from here."""
    ctx, endpoint = context(), request.endpoint or ""
    g.viewer = None
    most = ctx.config.intake.max_log_bytes
    files = {IMPORT: most, RESTORE: most, SCHEDULES: MOST_FORM}
    bound(request, files.get(endpoint, MOST_BYTES))
    if endpoint in PUBLIC_ENDPOINTS:
        if request.method == "POST":
            require_form(_form_secret())
        return None
    try:
        # What an open page asks for by itself is no use that somebody makes of a session.
        g.viewer = viewer_of(ctx, signed_of(request, ctx, is_use=endpoint != LIVE))
    except DuplistatError as e:
        if e.kind is not Kind.UNAUTHORIZED:
            raise
        if endpoint in PUBLIC and ctx.config.web.public_overview:
            g.viewer = Viewer(ctx.main_account, (ctx.main_account,), Role.VIEWER, None)
            return None
        return _to_sign_in(ctx)
    role, whole = getattr(current_app.view_functions[endpoint], NEEDS, (None, False))
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        require_form(request.cookies.get(COOKIE, ""))
        if role is None:
            raise DuplistatError(Kind.FORBIDDEN, "Read-only: this page cannot be changed")
    if (role is not None and not g.viewer.may(role)) or (whole and not g.viewer.whole):
        raise DuplistatError(Kind.FORBIDDEN, _only_for(role, whole=whole))
    return None


def whoever_is_in() -> Viewer | None:
    """Who is signed in, for a page that does without knowing; None for nobody, and while the database is away."""
    ctx = context()
    try:
        return viewer_of(ctx, signed_of(request, ctx, is_use=False))
    except (DuplistatError, *UNREACHABLE):
        return None


def _only_for(role: Role | None, *, whole: bool) -> str:
    if whole:
        return later("You need the admin role in the account main")
    texts = {
        Role.VIEWER: later("You need the viewer role"),
        Role.OPERATOR: later("You need the operator role"),
        Role.ADMIN: later("You need the admin role"),
    }
    return texts[role or Role.ADMIN]


def viewer_of(ctx: Context, signed: CurrentUser) -> Viewer:
    role = Role(signed.role)
    whole = role is Role.ADMIN and signed.account == ctx.main_account
    return Viewer(signed.account, accounts.visible(ctx.db, signed.account), role, signed, whole)


def _to_sign_in(ctx: Context) -> ResponseReturnValue:
    """Where whoever has no session goes: to the sign-in, and from there back to the page that they wanted."""
    if CSRF_HEADER in request.headers:
        raise DuplistatError(Kind.UNAUTHORIZED, "Sign in first: there is no session, or it has ended")
    if request.method not in ("GET", "HEAD"):
        if request.endpoint == SIGN_OUT:
            return redirect(url_for("web.sign_in"), 303)
        said = _("Your session expired and nothing was changed. Sign in and try again.")
        return done(url_for("web.sign_in"), said)
    if not users.any_user(ctx.db):
        return redirect(url_for("web.set_up"), 303)
    wanted = here() if request.method == "GET" else ""
    home = url_for(OVERVIEW)
    return redirect(url_for("web.sign_in", next=wanted if wanted != home else None), 303)


def here() -> str:
    """The address of this page on this server, with its query."""
    return f"{request.script_root}{request.full_path}".rstrip("?")


def csrf_token() -> str:
    """What a form of this page proves itself with. Bound to the browser's cookie, so it needs no store.

    It is another text in each answer: nobody finds it out by how well it is compressed (BREACH).
    """
    if getattr(g, "viewer", None) is not None and g.viewer.signed is not None:
        token = token_of(request.cookies.get(COOKIE, ""))
    else:
        token = token_of(_form_secret())
    if not hasattr(g, "form_mask"):
        # One for all forms of a page: so they take little room when it is compressed.
        g.form_mask = secrets.token_bytes(len(token) // 2)
    return _masked(g.form_mask, bytes.fromhex(token))


def _masked(mask: bytes, token: bytes) -> str:
    return (mask + bytes(a ^ b for a, b in zip(mask, token, strict=True))).hex()


def _unmasked(text: str) -> str:
    """The token in what `_masked` made of it; a text that is none as it is."""
    if len(text) != 2 * len(token_of("")):
        return text
    try:
        both = bytes.fromhex(text)
    except ValueError:
        return ""
    half = len(both) // 2
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=False)).hex()


def token_of(secret: str) -> str:
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def require_form(secret: str) -> None:
    """Raises DuplistatError (forbidden) unless the form of this request was fetched from here."""
    sent = _unmasked(request.form.get(CSRF, "") or request.headers.get(CSRF_HEADER, ""))
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    right = hmac.compare_digest(sent.encode(), token_of(secret).encode())
    if not secret or not right or elsewhere:
        raise DuplistatError(Kind.FORBIDDEN, "This page expired. Reload it and try again")


def _form_secret() -> str:
    """The secret of a browser without a session: what its cookie says, or a new one that goes out with this page."""
    known = request.cookies.get(FORM_COOKIE, "")
    if known or request.method == "POST":
        return known
    if not getattr(g, "form_secret", ""):
        g.form_secret = secrets.token_urlsafe(32)
    return str(g.form_secret)


def keep_form_secret(response: Response) -> Response:
    """After each page: hand over the secret that its forms were made with."""
    if getattr(g, "form_secret", ""):
        cookies.give(response, FORM_COOKIE, g.form_secret)
    return response


def local_target(text: str) -> str:
    """The address on this server that `text` names, or its first page: never one elsewhere."""
    below = text.startswith(f"{request.script_root}/")
    fine = below and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if fine else url_for(OVERVIEW)


def by() -> By:
    """Who makes the change of this request, for the audit log."""
    return by_of(request, context(), viewer().signed)


def signature() -> Signature:
    """What every command that is noted takes: who looks, now."""
    return signature_of(request, context(), viewer().signed)


def base_address(ctx: Context) -> str:
    """The address of this server as others reach it, without a slash at its end."""
    return ctx.config.public_address or request.url_root.rstrip("/")


def wants_key(ctx: Context) -> bool:
    """Whether a report without an API key does not arrive in the account of who looks."""
    return ctx.config.api.require_key or viewer().account != ctx.main_account
