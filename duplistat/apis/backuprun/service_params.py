"""What a form says of a service, checked. Every problem is told as CallError (invalid) and names the parameter."""

from duplistat.apis.backuprun.params import CallError, Params
from duplistat.core.agent_address import LONGEST_HOST, fingerprint_of, host_of
from duplistat.http.context import Context
from duplistat.services.agents.registry import ServiceChanges, scope_of
from duplistat.services.configuration import secrets
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.people import passwords
from duplistat.services.people.identity import CurrentUser
from duplistat.store import services
from duplistat.store.services import SERVER, VDS, Service

HINTS = (
    "install-on-Linux",
    "install-on-Windows",
    "linux-manual-install",
    "linux-express-install",
    "install-on-CentOS",
    "install-on-Ubuntu",
    "install-on-Fedora",
    "install-on-Debian",
    "install-on-Redhat-Enterprise-Linux",
    "install-on-Proxmox",
    # As the documentation of this protocol spells it elsewhere.
    "install-on-Proxomx",
)
MOST_ID = 2**63 - 1
LONGEST = 1000


def kind(params: Params) -> str:
    found = params.text("type", required=True).upper()
    if found not in (VDS, SERVER):
        raise CallError("invalid", "type must be VDS or SERVER")
    return found


def settings(ctx: Context, params: Params, before: Service | None) -> ServiceChanges:
    """The columns that a form sets: of a new service (no `before`) all, of another those that it names."""
    new = before is None
    values: ServiceChanges = {}
    if new or params.has("agent"):
        values["host"] = _host(params)
    if new or params.has("agent_port"):
        values["port"] = params.number("agent_port", 1, 65535, required=True) or 0
    if new or params.has("location"):
        values["location"] = _location(ctx, params)
    if new or params.has("name"):
        values["name"] = params.text("name", required=True)
    values |= _encryption(ctx, params, before)
    if params.has("agent_password"):
        values["agent_secret"] = _sealed(ctx, _secret(params, "agent_password"))
    if params.has("agent_fingerprint"):
        values["fingerprint"] = _fingerprint(params)
    return values


def hint(params: Params, *, required: bool) -> str:
    found = params.text("activation_hint", required=required)
    if found and found not in HINTS:
        raise CallError("invalid", f"activation_hint must be one of {', '.join(HINTS[:-1])}")
    return found


def service_named(ctx: Context, signed: CurrentUser, params: Params) -> Service:
    """The service that `service_id` names, if the caller may see it."""
    number = params.text("service_id", required=True)
    found = services.by_number(ctx.db, scope_of(signed), number)
    if found is None:
        raise CallError("invalid", "service_id is not the id of a service of this account")
    return found


def service_by(ctx: Context, signed: CurrentUser, params: Params, name: str) -> Service:
    """The service whose number (the id of its agent) a parameter gives, if the caller may see it."""
    id = params.number(name, 1, MOST_ID, required=True)
    found = services.by_id(ctx.db, scope_of(signed), id or 0)
    if found is None:
        raise CallError("invalid", f"{name} is not the id of a service of this account")
    return found


def _host(params: Params) -> str:
    found = host_of(params.text("agent", required=True, most=LONGEST_HOST))
    if found is None:
        raise CallError("invalid", "agent must be a host name or an IP address")
    return found


def _location(ctx: Context, params: Params) -> int:
    found = params.number("location", 0, 2**31 - 1, required=True)
    locations = in_effect(ctx.db, ctx.config).locations
    if found is None or found not in {location.id for location in locations}:
        known = ", ".join(f"{place.id} ({place.name})" for place in locations)
        raise CallError("invalid", f"location must be one of {known}")
    return found


def _encryption(ctx: Context, params: Params, before: Service | None) -> ServiceChanges:
    """What becomes of the password of the backup data: kept only while it encrypts them."""
    password = _secret(params, "password")
    if password:
        passwords.require(password)
    encrypt = params.flag("encrypt", otherwise=bool(before and before.encrypt))
    if not encrypt:
        return {"encrypt": 0, "data_secret": ""}
    if password:
        return {"encrypt": 1, "data_secret": _sealed(ctx, password)}
    if params.has("password") or before is None or not before.data_secret:
        raise CallError("invalid", "password is required when encrypt is 1")
    return {"encrypt": 1}


def _secret(params: Params, name: str) -> str:
    text = params.secret(name)
    if len(text) > LONGEST:
        raise CallError("invalid", f"{name} is longer than {LONGEST} characters")
    return text


def _fingerprint(params: Params) -> str:
    found = fingerprint_of(params.text("agent_fingerprint"))
    if found is None:
        raise CallError("invalid", "agent_fingerprint must be the SHA-256 of a certificate: 64 hex digits")
    return found


def _sealed(ctx: Context, text: str) -> str:
    return secrets.encrypt(ctx.config, text)
