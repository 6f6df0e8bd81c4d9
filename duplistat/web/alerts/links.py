"""/n/…: what one person may do by the link in a message, without signing in.

To look changes nothing, whoever does: mail scanners follow links. A POST acts, and only on what the link is for. A link
that is no good, or whose subject is gone, is a page that does not exist, and nothing tells why.
"""

from typing import Any, NamedTuple

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from duplistat.core.alerts.links import PATH, Link, Verb
from duplistat.core.alerts.problem import Problem
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http import sign_in_limits
from duplistat.http.caller import address_of
from duplistat.http.context import context
from duplistat.http.forms import bound
from duplistat.services.alerts import signing
from duplistat.services.alerts.acknowledge import HOUR_MS, MOST_HOURS, USUAL_HOURS, acknowledge_all
from duplistat.services.alerts.recipients import resubscribe, unsubscribe, verify_recipient
from duplistat.services.audit import By, Signature
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import channels, jobs, notices, problems, servers
from duplistat.store.channels import Channel, Recipient
from duplistat.web.alerts import words
from duplistat.web.parts.acknowledging import hours as hours_to_choose
from duplistat.web.parts.labels import full_name
from duplistat.web.parts.subject_pages import reader

bp = Blueprint("links", __name__)
# Nobody keeps the page, hands its address on, or lists it.
HEADERS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
)
# What mail programs send by themselves, as RFC 8058 says.
ONE_CLICK = "List-Unsubscribe"
# Of many problems, so many are listed.
MOST_LISTED = 20


class Row(NamedTuple):
    """A problem of a notice: its kind as mark and word, the job that it is about, and the problem."""

    mark: str
    kind: str
    job: str
    problem: Problem


@bp.before_request
def _small() -> None:
    bound(request)


@bp.after_request
def _private(response: Response) -> Response:
    for name, value in HEADERS:
        response.headers[name] = value
    return response


def link(token: str) -> ResponseReturnValue:
    """What a link is for, and a form; a POST does it. Raises DuplistatError: not_found, or too_many."""
    found = signing.read(context().config, token, context().now())
    if found is None:
        # Guessing is hopeless, and slow besides.
        sign_in_limits.take_token(request, context())
        raise _nothing()
    return _acknowledge(found) if found.verb is Verb.ACKNOWLEDGE else _address(found)


bp.add_url_rule(f"{PATH}<token>", view_func=link, methods=["GET", "POST"])


def _acknowledge(found: Link) -> Response:
    """Acknowledge the open problems of a notice: for a day, unless the form says otherwise."""
    ctx = context()
    notice = notices.by_uid(ctx.db, found.uid)
    if notice is None:
        raise _nothing()
    about = list(problems.by_ids(ctx.db, notices.members(ctx.db, notice.id)).values())
    done = False
    if request.method == "POST" and any(problem.closed_at is None for problem in about):
        until = ctx.now() + _hours() * HOUR_MS
        g.sent_to = _recipient_words(found) or f"the channel {notice.channel}"
        numbers = [problem.id for problem in about]
        _run(prepare(acknowledge_all, numbers=numbers, until=until, **signature()))
        about, done = list(problems.by_ids(ctx.db, [problem.id for problem in about]).values()), True
    rows = _rows([problem for problem in about if problem.closed_at is None])
    return _show(
        "link_acknowledge",
        rows=rows[:MOST_LISTED],
        more=max(0, len(rows) - MOST_LISTED),
        over=sum(problem.closed_at is not None for problem in about),
        done=done,
        choices=hours_to_choose(),
        usual=USUAL_HOURS,
    )


def _address(found: Link) -> Response:
    """Confirm an address of a channel, or take it off, and undo that."""
    recipient, channel = _recipient(found.recipient)
    g.sent_to = recipient.address
    what = request.form.get("do", "") if request.method == "POST" else ""
    if found.verb is Verb.VERIFY and what == "verify":
        _run(prepare(verify_recipient, recipient=recipient.id, **signature()))
    elif found.verb is Verb.UNSUBSCRIBE and (what == "unsubscribe" or _is_one_click()):
        _run(prepare(unsubscribe, recipient=recipient.id, **signature()))
    elif found.verb is Verb.UNSUBSCRIBE and what == "resubscribe":
        _run(prepare(resubscribe, recipient=recipient.id, **signature()))
    recipient, channel = _recipient(found.recipient)
    name = "link_verify" if found.verb is Verb.VERIFY else "link_unsubscribe"
    return _show(name, recipient=recipient, channel=channel)


def _is_one_click() -> bool:
    return request.method == "POST" and request.form.get(ONE_CLICK) == "One-Click"


def _hours() -> int:
    """For how long: as the form says, within what is allowed."""
    typed = request.form.get("hours", "")
    wanted = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 3 else USUAL_HOURS
    return min(max(wanted, 1), MOST_HOURS)


def _recipient(number: int) -> tuple[Recipient, Channel]:
    db = context().db
    recipient = channels.recipient(db, number)
    channel = channels.get(db, recipient.channel_id) if recipient is not None else None
    if recipient is None or channel is None:
        raise _nothing()
    return recipient, channel


def _recipient_words(found: Link) -> str:
    recipient = channels.recipient(context().db, found.recipient) if found.recipient else None
    return recipient.address if recipient is not None else ""


def _run(prepared: WriteCommand[Any]) -> None:
    """Do what the link is for, for a token of this address."""
    context().writes.submit(prepared, sign_in_limits.token_of(request, context()))


def signature() -> Signature:
    """Whoever has the link, for the audit log: nobody has signed in."""
    ctx = context()
    by = By(None, f"a link sent to {g.sent_to}", address_of(request, ctx.config.server.trusted_proxies))
    return {"by": by.plain(), "now": ctx.now()}


def _rows(found: list[Problem]) -> list[Row]:
    db, kinds = context().db, words.problem_kinds()
    known = jobs.by_ids(db, [problem.job_id for problem in found if problem.job_id is not None])
    hosts = servers.by_ids(db, {job.server_id for job in known.values()})
    rows = []
    for problem in found:
        job = known.get(problem.job_id) if problem.job_id is not None else None
        name = full_name(hosts.get(job.server_id), job) if job is not None else ""
        rows.append(Row(words.mark_of(problem.kind), kinds.get(problem.kind, problem.kind), name, problem))
    return rows


def _show(template: str, **values: Any) -> Response:
    return make_response(render_template(f"alerts/{template}.html", reader=reader(), **values))


def _nothing() -> DuplistatError:
    return DuplistatError(Kind.NOT_FOUND, "There is no such page")
