"""/settings/locations: where services store their backups, as /api.php tells it."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.config import Location
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.configuration.overrides import LOCATIONS, in_effect, set_overrides, stored
from duplistat.services.people.identity import Role
from duplistat.store import services
from duplistat.web.access import needs, signature
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done, saved
from duplistat.web.settings import sources
from duplistat.web.settings.page import show

MOST_ID = 2**31 - 1
NEW = {"http_port": "80", "https_port": "443"}


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    return _list(Form(NEW))


@needs(Role.ADMIN, whole=True)
def create() -> ResponseReturnValue:
    form, (seen, known) = Form(), _open_locations()
    made = _typed(form, form.number("id", 0, MOST_ID))
    if made["id"] in {location.id for location in known}:
        form.wrong["id"] = _("This number is already in use.")
    if form.wrong:
        return _list(form, 400)
    _save([*known, made], seen)
    return _done(_("Storage location %(name)s created."), made["name"])


@needs(Role.ADMIN, whole=True)
def one(number: int) -> Response:
    """One location. Raises DuplistatError (not_found) for one that is not there."""
    ctx = context()
    location = _location(number, in_effect(ctx.db, ctx.config).locations)
    return _one(location, _as_it_is(location))


@needs(Role.ADMIN, whole=True)
def save(number: int) -> ResponseReturnValue:
    (seen, known), form = _open_locations(), Form()
    location = _location(number, known)
    changed = _typed(form, location.id)
    if form.wrong:
        return _one(location, form, 400)
    _save([changed if each.id == location.id else each for each in known], seen)
    message = _("Storage location %(name)s saved.") % {"name": visible(changed["name"])}
    return saved(url_for("web.settings_location", number=location.id), message)


@needs(Role.ADMIN, whole=True)
def remove(number: int) -> ResponseReturnValue:
    seen, known = _open_locations()
    location = _location(number, known)
    form = _as_it_is(location)
    left = [each for each in known if each.id != location.id]
    if form.confirmed(location.name) and not left:
        form.wrong[""] = _("At least one storage location is needed. Create another one first.")
    if form.wrong:
        return _one(location, form, 400)
    _save(left, seen)
    return _done(_("Storage location %(name)s removed."), location.name)


def _as_it_is(location: Location) -> Form:
    values = {name: str(value) for name, value in location.model_dump().items()}
    return Form(values | {"special": "1" if location.special else ""})


def _done(said: str, name: str) -> ResponseReturnValue:
    return done(url_for("web.settings_locations"), said % {"name": visible(name)})


def _open_locations() -> tuple[Any, tuple[Location, ...]]:
    """What is stored of them, and all locations, when they can be set here. Raises DuplistatError (forbidden)."""
    ctx = context()
    if sources.is_fixed(ctx.config, LOCATIONS):
        raise DuplistatError(
            Kind.FORBIDDEN, "Storage locations are set in the configuration file and cannot be edited here"
        )
    seen = stored(ctx.db).get(LOCATIONS)
    return seen, in_effect(ctx.db, ctx.config).locations


def _location(number: int, known: Sequence[Location]) -> Location:
    found = next((each for each in known if each.id == number), None)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Storage location not found")
    return found


def _typed(form: Form, id: int) -> dict[str, Any]:
    """A location as it was typed."""
    ip = form.text("ip", most=45)
    try:
        ip = str(ip_address(ip)) if ip else ""
    except ValueError:
        form.wrong["ip"] = _("Enter an IP address, or leave blank.")
    url = form.text("url", most=500)
    if url and not url.startswith(("http://", "https://")):
        form.wrong["url"] = _("Enter an address such as https://backup.example.com, or leave blank.")
    return {
        "id": id,
        "name": form.text("name", missing=_("Enter a name.")),
        "url": url,
        "hostname": form.text("hostname", most=253),
        "ip": ip,
        "http_port": form.number("http_port", 1, 65535),
        "https_port": form.number("https_port", 1, 65535),
        "special": bool(form.typed("special")),
    }


def _save(locations: Sequence[Location | dict[str, Any]], seen: Any) -> None:
    plain = [each.model_dump() if isinstance(each, Location) else each for each in locations]
    changes, before = {LOCATIONS: plain}, {LOCATIONS: seen}
    context().writes.run(set_overrides, changes=changes, seen=before, subject=LOCATIONS, **signature())


def _list(form: Form, status: int = 200) -> Response:
    ctx = context()
    return show(
        "locations",
        status,
        form=form,
        locations=in_effect(ctx.db, ctx.config).locations,
        counts=services.at_locations(ctx.db),
        source=sources.words(ctx.config, stored(ctx.db), LOCATIONS),
        fixed=sources.is_fixed(ctx.config, LOCATIONS),
    )


def _one(location: Location, form: Form, status: int = 200) -> Response:
    ctx = context()
    return show(
        "location",
        status,
        form=form,
        location=location,
        count=services.at_locations(ctx.db).get(location.id, 0),
        fixed=sources.is_fixed(ctx.config, LOCATIONS),
    )
