"""The parts of a message, from its facts: links and footer here, problems in `problem_parts`."""

from dataclasses import replace

from duplistat.core.alerts import problem_parts, sentences
from duplistat.core.alerts.content import Content, Links, account_name, acknowledge_of, filled, page_of
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import Kind, NoticeFacts, Severity, Why
from duplistat.core.alerts.plain import address, lines_of, one_line
from duplistat.core.alerts.subjects import all_over, subject_of
from duplistat.core.alerts.words import SEVERITIES, gravest, is_alone, state_of
from duplistat.core.i18n import restored, translated

# Of what other parts of the program wrote into `details`, in lines.
_MOST_DETAILS = 2000


def content_of(facts: NoticeFacts, moments: Moments, base_url: str, links: Links) -> Content:
    """The parts of the message that tells of these facts, which are cleaned (`words.cleaned`).

    `base_url` is where our pages are, without a slash at its end; "" while that is not known.
    """
    say, over = moments.say, all_over(facts)
    body = Content(
        subject=subject_of(facts, moments),
        state=state_of(facts, say, over=over),
        severity=Severity.INFO if over else gravest(facts),
        good=over or facts["kind"] in (Kind.RECOVERED, Kind.TEST),
        headline="",
        after=(sentences.went(facts["went"], say),) if facts["went"] else (),
        links=_links(facts, links, base_url, moments),
        footer=say.gettext("Why you get this: {reason}").format(reason=sentences.why_told(facts, say)),
        unsubscribe=_unsubscribe(links, moments),
    )
    if is_alone(facts):
        return problem_parts.one(body, facts, moments, over)
    if facts["problems"] or len(facts["events"]) > 1:
        return problem_parts.several(body, facts, moments, base_url, over)
    return _event(body, facts, moments) if facts["events"] else _details(body, facts, moments)


def _event(body: Content, facts: NoticeFacts, moments: Moments) -> Content:
    say, event = moments.say, facts["events"][0]
    message = event["message"].splitlines()
    rows = [
        (say.gettext("Severity"), say.gettext(SEVERITIES[event["severity"]])),
        (say.gettext("Type"), event["type"]),
        (say.gettext("Job"), event["job"]),
        (say.gettext("When"), moments.full(event["at"])),
        (say.gettext("Account"), account_name(event["account"])),
    ]
    return replace(
        body,
        headline=say.gettext("{server} reported an event: {message}").format(
            server=event["server"], message=one_line(message[0]) if message else say.gettext("no text")
        ),
        rows=filled(rows),
        quoted_label=say.gettext("The event") if len(message) > 1 else "",
        quoted=tuple(message) if len(message) > 1 else (),
    )


def _details(body: Content, facts: NoticeFacts, moments: Moments) -> Content:
    """A test, or what this server says of itself; or that all of what was held back is over."""
    say, details = moments.say, facts["details"]
    if facts["kind"] == Kind.TEST:
        code = one_line(str(details.get("code") or ""), 20)
        text = say.gettext("This is a test. Nothing is wrong, and nothing is to be done.")
        if code and facts["why"] != Why.SCHEDULE:
            text = say.gettext(
                "This is a test. Its code is {code}: type it on the page of the channel, to say that messages arrive."
            ).format(code=code)
        channel = one_line(str(details.get("channel") or ""), 100)
        return replace(body, headline=text, rows=filled([(say.gettext("Channel"), channel)]))
    if facts["kind"] == Kind.DIGEST:
        return replace(body, good=True)  # digest_words says it
    if facts["kind"] == Kind.SYSTEM:
        lines = lines_of(translated(restored(str(details.get("text") or "")), say), _MOST_DETAILS, 500)
        head = one_line(translated(restored(str(details.get("subject") or "")), say))
        return replace(body, headline=head, quoted=tuple(lines))
    text = say.gettext("Nothing of what was held back is still wrong.")
    return replace(body, headline=text, good=True)


def _links(facts: NoticeFacts, links: Links, base_url: str, moments: Moments) -> tuple[tuple[str, str], ...]:
    say, alone = moments.say, facts["problems"] if is_alone(facts) else []
    named = [
        (say.gettext("Details"), links.page),
        (say.gettext("Acknowledge"), acknowledge_of(facts, links)),
    ]
    for problem in alone:
        named.append((say.gettext("Job"), page_of(base_url, "jobs", problem["job_id"])))
        if facts["kind"] != Kind.RECOVERED:
            named.append((say.gettext("Log"), page_of(base_url, "runs", problem["run"])))
    return tuple((label, url) for label, given in named if (url := address(given)))


def _unsubscribe(links: Links, moments: Moments) -> tuple[str, ...]:
    url = address(links.unsubscribe)
    return (moments.say.gettext("Unsubscribe this address"), url) if url else ()
