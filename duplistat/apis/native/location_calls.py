"""/api/v1/settings/locations: where Duplicati connections store their backups, as /api.php returns it."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.settings_calls import whole_changing, whole_reader
from duplistat.apis.native.settings_models import Location, LocationChanges, LocationList, NewLocation
from duplistat.config import Location as Row
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import Context
from duplistat.services.configuration.overrides import LOCATIONS, in_effect, set_overrides, stored
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import services

ELSEWHERE = "Storage locations are set in the configuration file and cannot be changed here"
LAST = "At least one storage location is needed: create another one first"


@bp.get("/api/v1/settings/locations")
def location_list() -> Response:
    ctx = whole_reader()
    parameters.read(Query, request.args)
    known = in_effect(ctx.db, ctx.config).locations
    return answered(request, LocationList(locations=_locations(ctx, known), next_cursor=None))


@bp.get(f"/api/v1/settings/locations/{ID}")
def location(id: int) -> Response:
    ctx = whole_reader()
    parameters.read(Query, request.args)
    return one(request, ctx.db, "location", id, lambda: _one(ctx, id))


@changes.post("/api/v1/settings/locations")
def create_location() -> Response:
    c = whole_changing()
    sent, body = bodies.read(request, NewLocation)

    def new(known: Sequence[Row]) -> list[dict[str, Any]]:
        if sent.id in {each.id for each in known}:
            raise DuplistatError(Kind.INVALID, "is in use already", field="id")
        return [*_plain(known), _checked(sent.model_dump())]

    made = Thing("location", sent.id)
    return c.carry_out(body, lambda: _saved(c, new), lambda _: _one(c.ctx, sent.id), 201, gives=made)


@changes.patch(f"/api/v1/settings/locations/{ID}")
def change_location(id: int) -> Response:
    c = whole_changing()
    sent, body = bodies.read(request, LocationChanges)

    def new(known: Sequence[Row]) -> list[dict[str, Any]]:
        _found(known, id)
        values = sent.model_dump(include=sent.model_fields_set)
        return [_checked(each | values) if each["id"] == id else each for each in _plain(known)]

    return c.carry_out(body, lambda: _saved(c, new), lambda _: _one(c.ctx, id), of=Thing("location", id))


@changes.delete(f"/api/v1/settings/locations/{ID}")
def remove_location(id: int) -> Response:
    c = whole_changing()
    _, body = bodies.read(request, Nothing)

    def new(known: Sequence[Row]) -> list[dict[str, Any]]:
        _found(known, id)
        if len(known) == 1:
            raise DuplistatError(Kind.INVALID, LAST)
        return [each for each in _plain(known) if each["id"] != id]

    return c.carry_out(body, lambda: _saved(c, new), lambda _: None, of=Thing("location", id))


def _saved(c: Changing, new: Callable[[Sequence[Row]], list[dict[str, Any]]]) -> WriteCommand[None]:
    """What makes other locations of those that there are: refused where somebody else did so meanwhile."""
    ctx = c.ctx
    if ctx.config.source(LOCATIONS):
        raise DuplistatError(Kind.FORBIDDEN, ELSEWHERE)
    before = {LOCATIONS: stored(ctx.db).get(LOCATIONS)}
    made = new(in_effect(ctx.db, ctx.config).locations)
    return prepare(set_overrides, changes={LOCATIONS: made}, seen=before, subject=LOCATIONS, **c.signature())


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Raises DuplistatError (invalid) for an address that is none."""
    try:
        values["ip"] = str(ip_address(values["ip"])) if values["ip"] else ""
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, "must be an IP address, or empty", field="ip") from e
    if values["url"] and not values["url"].startswith(("http://", "https://")):
        raise DuplistatError(
            Kind.INVALID, "must be an address such as https://backup.example.com, or empty", field="url"
        )
    return values


def _plain(known: Sequence[Row]) -> list[dict[str, Any]]:
    return [each.model_dump() for each in known]


def _found(known: Sequence[Row], id: int) -> Row:
    found = next((each for each in known if each.id == id), None)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such storage location")
    return found


def _one(ctx: Context, id: int) -> Location:
    return _locations(ctx, [_found(in_effect(ctx.db, ctx.config).locations, id)])[0]


def _locations(ctx: Context, rows: Sequence[Row]) -> list[Location]:
    """One statement."""
    counts = services.at_locations(ctx.db)
    return [Location(**row.model_dump(), services=counts.get(row.id, 0)) for row in rows]
