"""From the facts of a notice to what goes out: in the built-in words, or in those of the channel's own templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.alerts.budget import start
from duplistat.core.alerts.content import Content
from duplistat.core.alerts.content import Links as Links
from duplistat.core.alerts.digest_words import digest_message
from duplistat.core.alerts.message_data import data_of
from duplistat.core.alerts.message_html import html_of_text, whole_html
from duplistat.core.alerts.message_text import MOST_SHORT, short_text, whole_text
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import Kind, NoticeFacts, type_of
from duplistat.core.alerts.parts import content_of
from duplistat.core.alerts.subjects import MOST as MOST_SUBJECT
from duplistat.core.alerts.template import KEYS, SHORT, SUBJECT, TEXT, Refused, render
from duplistat.core.alerts.template_variables import plain, variables_of
from duplistat.core.alerts.words import cleaned, where
from duplistat.core.i18n import ENGLISH, Say, translated

_NONE: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Style:
    """How a channel says things: by which clock, in which language, with which of template.KEYS in its own words.

    `base_url` is where our pages are, without a slash at its end, "" while that is not set. `plain`: the built-in short
    text only, where the receiver refused the other one.
    """

    zone: ZoneInfo
    say: Say = ENGLISH
    base_url: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False
    written: Callable[[int], str] | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """What notify.message.Message takes of a notice besides its ids, time and links.

    `html` is a whole document, "" when `plain`. `job` is "job on server", "" for none. `template_failed` says why the
    built-in words went out instead of the channel's own, in its language; "" when they did not.
    """

    type: str
    severity: str
    subject: str
    text: str
    html: str
    short: str
    data: dict[str, Any]
    job: str
    template_failed: str


def compose(
    facts: NoticeFacts, style: Style, links: Links, *, closed: Mapping[int, int] = _NONE, now: int = 0
) -> Composed:
    """The words of a notice. `now` (ms) is when it goes out: ages are counted until then; 0 for when it was made.

    `closed`: {problem: when} of the problems of an alarm that were over before it went out; then it says so. Raises
    nothing because of what senders wrote, or of what a template does.
    """
    moments = Moments(style.zone, style.say, max(now, facts["at"]))
    facts = cleaned(facts, style.say, closed)
    content = content_of(facts, moments, style.base_url, links)
    subject, text, html, short = _built_in(facts, content, moments, style)
    content, failed = replace(content, subject=subject), ""
    own: dict[str, str] = {}
    wanted = {key: style.templates[key] for key in KEYS if style.templates.get(key, "").strip()}
    if wanted and not style.plain:
        variables = plain(variables_of(facts, content, text, short, moments, links))
        try:
            own = {key: render(template, variables, key) for key, template in wanted.items()}
        except Refused as e:
            problem = translated(e.args[0], style.say)
            failed = style.say.gettext("The template of this channel failed: {problem}").format(
                problem=problem
            )
            subject, text, html, short = _built_in(facts, content, moments, style, failed)
            short = start(f"{failed}\n{short}", MOST_SHORT)
    if own.get(SUBJECT):
        subject = start(own[SUBJECT], MOST_SUBJECT)
    if own.get(TEXT):
        text = own[TEXT].rstrip() + "\n"
        html = html_of_text(text, subject, moments)
    if own.get(SHORT):
        short = own[SHORT].strip()
    if style.plain:
        text, html = short + "\n", ""
    return Composed(
        type=type_of(facts),
        severity=content.severity.value,
        subject=subject,
        text=text,
        html=html,
        short=short,
        data=data_of(facts, moments, style.base_url, links),
        job=_job(facts, style.say),
        template_failed=failed,
    )


def _built_in(
    facts: NoticeFacts, content: Content, moments: Moments, style: Style, note: str = ""
) -> tuple[str, str, str, str]:
    """Subject, text, HTML and short text in the built-in words. `note` goes before all else."""
    if facts["kind"] == Kind.DIGEST:
        return digest_message(facts, style, note=note, foot=((content.footer, ""), content.unsubscribe))
    text, html = whole_text(content, moments, note), whole_html(content, moments, note)
    return content.subject, text, html, short_text(content, moments)


def _job(facts: NoticeFacts, say: Say) -> str:
    problems = facts["problems"]
    return where(problems[0], say) if len(problems) == 1 and problems[0]["job_id"] is not None else ""
