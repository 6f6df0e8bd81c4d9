"""/settings/agents/add: a Duplicati server that is to be called, tried before it is kept."""

from itertools import chain, count
from typing import TypedDict

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core import outbound_words
from duplistat.core.agent_address import address_of, fingerprint_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import NAME_LIMIT
from duplistat.http.context import context
from duplistat.services.agents.registry import add_service, new_connection
from duplistat.services.agents.trial import Tried, try_agent
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.people.identity import Role
from duplistat.store import agent_tasks, services
from duplistat.web.access import base_address, needs, signature, viewer, wants_key
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.parts.found_server import find
from duplistat.web.parts.guessed_address import guessed_address
from duplistat.web.redirects import done
from duplistat.web.settings.agent import LONGEST_PASSWORD
from duplistat.web.settings.page import show, tree


class Address(TypedDict):
    """Where Duplicati is, as `try_agent` takes it."""

    host: str
    port: int
    password: str
    fingerprint: str


# Names of jobs that are listed.
MOST_NAMED = 50


@needs(Role.OPERATOR)
def page() -> Response:
    """The form; with `?server=` filled in for that one, with a guess of its address. Nothing is called.

    Raises DuplistatError (not_found) for a server that is not there to be seen.
    """
    wanted = number_in(request.args.get("server", ""))
    if not wanted:
        return _page(Form({}))
    server = find(wanted)
    url = guessed_address(server)
    form = Form({"url": url, "name": visible(server.name), "account": str(server.account_id)})
    return _page(form, guessed_for=visible(server.label) if url else "")


@needs(Role.OPERATOR)
def test() -> ResponseReturnValue:
    """Call the agent, and say what it answered; nothing is kept."""
    form = Form()
    address = _address(form)
    if address is None:
        return _page(form, 400)
    ctx = context()
    stranger = viewer().account != ctx.main_account
    try:
        tried = try_agent(in_effect(ctx.db, ctx.config), stranger=stranger, **address)
    except DuplistatError as e:
        if e.kind is not Kind.UNAVAILABLE:
            raise
        form.wrong[""] = sentence(translated(e.text))
        return _page(form, 503)
    if tried.machine and not form.typed("name").strip():
        name = _free_name(visible(tried.machine), form.account().id)
        form = Form(request.form.to_dict() | {"name": name})
    return _page(form, tried=tried)


@needs(Role.OPERATOR)
def save() -> ResponseReturnValue:
    """Keep it, and have it asked for its jobs, schedules and logs."""
    form, ctx = Form(), context()
    account, address = form.account(), _address(form)
    name = form.text("name")
    if form.wrong or address is None:
        return _page(form, 400)
    name = name or _free_name(address["host"], account.id)
    values = new_connection(in_effect(ctx.db, ctx.config), name=name, now=ctx.now(), **address)
    try:
        made = ctx.writes.run(
            add_service, account=account.id, values=values, tasks=[agent_tasks.PROBE], **signature()
        )
    except DuplistatError as e:
        form.refuse(e)
        return _page(form, 400)
    message = _("%(name)s added. Collecting its jobs…") % {"name": visible(name)}
    return done(url_for("web.settings_agent", number=made), message)


def _free_name(name: str, account: int) -> str:
    """A name for a connection of an account that no other one there has: nas, or nas 2."""
    taken = {s.name.casefold() for s in services.visible(context().db, [account]) if s.cancelled_at is None}
    numbered = (f"{name[: NAME_LIMIT - 5]} {number}" for number in count(2))
    return next(free for free in chain([name], numbered) if free.casefold() not in taken)


def _problem(tried: Tried) -> str:
    """Why it was not reached. A fingerprint that stands beside it is not said twice."""
    why = tried.problem
    if tried.fingerprint and isinstance(why, Text) and why.pattern == outbound_words.FINGERPRINT:
        inner = why.values["problem"]
        why = inner if isinstance(inner, str) else why
    return sentence(visible(translated(why))) if why else ""


def _address(form: Form) -> Address | None:
    """What was typed as an address; None where something is wrong with it, which the form notes."""
    typed = form.text("url", missing=_("Enter the address of Duplicati."), most=1000)
    found, fingerprint = address_of(typed) if typed else None, fingerprint_of(form.text("fingerprint"))
    if typed and found is None:
        form.wrong["url"] = _("Enter an address such as https://10.0.0.5:8200, without a path.")
    if fingerprint is None:
        form.wrong["fingerprint"] = _("Enter the SHA-256 fingerprint of a certificate: 64 hex digits.")
    password = form.typed("password")
    if len(password) > LONGEST_PASSWORD:
        form.wrong["password"] = _("At most %(most)s characters.") % {"most": LONGEST_PASSWORD}
    if form.wrong or found is None or fingerprint is None:
        return None
    host, port = found
    return {"host": host, "port": port, "password": password, "fingerprint": fingerprint}


def _page(form: Form, status: int = 200, tried: Tried | None = None, guessed_for: str = "") -> Response:
    problem = _problem(tried) if tried is not None else ""
    return show(
        "connect",
        status,
        form=form,
        tried=tried,
        guessed_for=guessed_for,
        fingerprint=tried.fingerprint if tried is not None else "",
        fingerprint_is_said=tried is not None and bool(tried.fingerprint) and tried.fingerprint in problem,
        trusted=tried is not None
        and fingerprint_of(tried.fingerprint) == fingerprint_of(form.typed("fingerprint")),
        jobs=[visible(name) for name in tried.jobs[:MOST_NAMED]] if tried is not None else [],
        problem=problem,
        accounts=[place.option for place in tree()],
        base=base_address(context()),
        wants_key=wants_key(context()),
    )
