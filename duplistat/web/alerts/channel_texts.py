"""/alerts/channels/…/texts: texts of a channel's own, looked at over a real run before they are saved."""

import json

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.alerts import template
from duplistat.core.alerts.compose import Composed
from duplistat.core.alerts.notice import Kind, NoticeFacts, Why
from duplistat.core.alerts.problem import Problem
from duplistat.core.alerts.template_variables import TemplateVariables, meanings
from duplistat.http.context import context
from duplistat.services.alerts.channels import set_channel
from duplistat.services.alerts.facts import facts_of
from duplistat.services.people.identity import Role
from duplistat.store import accounts, jobs, problems
from duplistat.store.channels import Channel
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts.channel_page import seen_channel
from duplistat.web.alerts.frame import show
from duplistat.web.alerts.texts import said
from duplistat.web.form import Form
from duplistat.web.formatting import sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.redirects import done, saved


@needs(Role.ADMIN)
def page(number: int) -> Response:
    """The texts of a channel, and what it would send. Raises DuplistatError (not_found)."""
    channel = seen_channel(number)
    return _page(channel, Form(json.loads(channel.templates or "{}")))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    """Save the texts; with `preview` only show what they would make; with `reset` go back to the built-in ones."""
    channel, form = seen_channel(number), Form()
    reset = bool(form.typed("reset"))
    if reset and not form.typed("sure"):
        form = Form(json.loads(channel.templates or "{}"))
        form.wrong["sure"] = _("Confirm the deletion.")
        return _page(channel, form, 400)
    typed = {} if reset else {key: form.typed(key).replace("\r\n", "\n") for key in template.KEYS}
    for key, text in typed.items():
        wrong = template.check(text, key) if text.strip() else None
        if wrong is not None:
            form.wrong[key] = sentence(translated(wrong))
    if form.wrong or form.typed("preview"):
        return _page(channel, form, 400 if form.wrong else 200)
    context().writes.run(set_channel, channel=channel.id, settings={"templates": typed}, **signature())
    here = url_for("web.channel_texts", number=number)
    return done(here, _("The built-in texts are back.")) if reset else saved(here, _("Saved."))


def preview(channel: Channel, templates: dict[str, str]) -> Composed | None:
    """What a channel would send of the latest problem, or run; None when there is none yet."""
    facts = _facts()
    if facts is None:
        return None
    return said(facts, channel, channel.account_id, templates, at=context().now())


def _facts() -> NoticeFacts | None:
    """The facts of the latest problem of who looks, or those that the latest run of one of their jobs would have."""
    ctx, sees = context(), viewer().sees
    found = next(
        (one for one in problems.page(ctx.db, sees, open_only=False) if one.job_id is not None), None
    )
    if found is None:
        ran = [job for job in jobs.visible(ctx.db, sees) if job.last_run is not None]
        job = max(ran, key=lambda one: one.last_order or 0, default=None)
        if job is None:
            return None
        at = job.last_order or ctx.now()
        found = Problem(
            0, "", job.account_id, "", "", job.id, None, "failed", at, at, at, fails=1, run=job.last_run
        )  # fmt: skip
    name = accounts.name_of(ctx.db, found.account_id)
    return facts_of(ctx.db, Kind.PROBLEM, Why.FIRST, ctx.now(), [found], name)


def _page(channel: Channel, form: Form, status: int = 200) -> Response:
    typed = {key: form.typed(key) for key in template.KEYS if not form.error(key)}
    return show(
        "channel_texts",
        status,
        channel=channel,
        form=form,
        made=preview(channel, typed),
        example=_("Such as %(example)s") % {"example": "{{ state }}: {{ job }} – {{ server }}"},
        own=bool(json.loads(channel.templates or "{}")),
        variables=[(name, _plain(text)) for name, text in meanings(TemplateVariables).items()],
    )


def _plain(meaning: str) -> str:
    """What a variable means, in the language of this request, without the marks of Markdown."""
    return visible(translated(meaning)).replace("`", "")
