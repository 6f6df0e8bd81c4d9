"""/settings/me: one's own account. Whoever changes how they sign in says the present password first."""

from datetime import date

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core import formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formats import REGIONS
from duplistat.http import sign_in_limits
from duplistat.http.caller import address_of
from duplistat.http.context import context
from duplistat.services.languages import spoken
from duplistat.services.people import passwords, sessions
from duplistat.services.people.identity import Role
from duplistat.services.people.preferences import preferences_of, set_preferences
from duplistat.services.people.sessions import Locked
from duplistat.services.people.users import UserChanges, change_user
from duplistat.store import users
from duplistat.store.users import User
from duplistat.web import language, preference_cookies
from duplistat.web.access import needs, own, signature
from duplistat.web.form import Form
from duplistat.web.formatting import labelled
from duplistat.web.language import LANGUAGES
from duplistat.web.language import gettext as _
from duplistat.web.preferences import THEMES, theme
from duplistat.web.redirects import saved
from duplistat.web.settings.devices import push_of
from duplistat.web.settings.page import show
from duplistat.web.sign_in.credentials import email, new_password, secret
from duplistat.web.sign_in.page import locked

AS_THE_BROWSER = "auto"
EXAMPLE = date(2026, 11, 24)


@needs(Role.VIEWER)
def page() -> Response:
    return _show(_as_it_is())


@needs(Role.VIEWER)
def save() -> ResponseReturnValue:
    """Keep name, language, formats and colours."""
    ctx, signed, form = context(), own(), Form()
    name = form.text("name", missing=_("Enter your name."))
    wanted = {
        "language": form.one_of("language", (AS_THE_BROWSER, *LANGUAGES)),
        "region": form.one_of("region", (AS_THE_BROWSER, *REGIONS)),
        "theme": form.one_of("theme", (AS_THE_BROWSER, *THEMES)),
    }
    if form.wrong:
        return _show(form, 400)
    ctx.writes.run(change_user, user=signed.user, changes={"name": name}, **signature())
    wanted = {name: "" if value == AS_THE_BROWSER else value for name, value in wanted.items()}
    ctx.writes.run(set_preferences, user=signed.user, changes=wanted)
    if wanted["language"]:
        # What is said about it is said in the language that was chosen.
        g.language = wanted["language"]
    answer = saved(url_for("web.me"), _("Profile saved."))
    preference_cookies.set_cookies(answer, wanted)
    return answer


@needs(Role.VIEWER)
def save_sign_in() -> ResponseReturnValue:
    """Keep another e-mail or password, for whoever knows the present password; all other sessions end with that."""
    ctx, signed, form = context(), own(), Form()
    changes: UserChanges = {"email": email(form)}
    password = new_password(form) if secret(form, "password") or secret(form, "again") else ""
    if form.wrong:
        return _show(form, 400)
    sign_in_limits.take_token(request, ctx)
    address = address_of(request, ctx.config.server.trusted_proxies)
    try:
        against = sessions.confirm(ctx.db, ctx.writes, signed, secret(form, "present"), address, ctx.now())
    except Locked:
        form.wrong["present"] = locked()
        return _show(form, 429)
    if against is None:
        form.wrong["present"] = _("The current password is wrong.")
        return _show(form, 400)
    if password:
        changes |= {
            "password_hash": passwords.hashed(ctx.db, changes["email"], password),
            "password_at": ctx.now(),
        }
    try:
        ctx.writes.run(
            change_user,
            user=signed.user,
            changes=changes,
            keep=signed.session,
            against=against,
            **signature(),
        )
    except DuplistatError as e:
        form.refuse(e)
        return _show(form, 400)
    message = _("Password changed. Your other sessions were signed out.") if password else _("Saved.")
    return saved(url_for("web.me"), message)


def _as_it_is() -> Form:
    user, kept = _user(), preferences_of(context().db, own().user)
    return Form(
        {
            "name": user.name,
            "email": user.email,
            # What this browser alone was told is not lost when the form is saved.
            "language": kept.get("language") or language.chosen() or AS_THE_BROWSER,
            "region": kept.get("region") or language.chosen_region() or AS_THE_BROWSER,
            "theme": kept.get("theme") or theme() or AS_THE_BROWSER,
        }
    )


def _user() -> User:
    found = users.by_id(context().db, own().user)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "This user was removed")
    return found


def _show(form: Form, status: int = 200) -> Response:
    """The page with one form as it was typed, and the other as it is."""
    kept = _as_it_is()
    mine = bool(form.typed("name"))
    return show(
        "me",
        status,
        you=form if mine else kept,
        entry=kept if mine else form,
        user=_user(),
        push=push_of(own()),
        language_options=[(AS_THE_BROWSER, _("Browser default")), *LANGUAGES.items()],
        region_options=[(AS_THE_BROWSER, _("Browser default")), *_regions()],
        theme_options=[
            (AS_THE_BROWSER, _("System")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ],
    )


def _regions() -> list[tuple[str, str]]:
    """Each region by its own name, with a date, a number and the first day of a week as they are written there."""
    found = []
    for region, name in REGIONS.items():
        say = spoken(language.current(), region)
        number = f"{formatting.count(10_211, say)}{say.formats.decimal}5"
        day = formatting.day_and_date(EXAMPLE, EXAMPLE, say)
        example = f"{day} · {number} · {say.formats.days[say.formats.first_day]}"
        found.append((region, labelled(name, example)))
    return sorted(found, key=lambda option: option[1])
