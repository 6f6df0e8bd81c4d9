"""A rule as a person would say it: "Tell ops when a backup tagged prod failed or is overdue; remind daily"."""

from collections.abc import Mapping, Sequence

from duplistat.core import formatting
from duplistat.core.alerts.quiet import DROP, EVERY_DAY, Quiet, Window
from duplistat.core.alerts.rule import EVENT, Rule
from duplistat.web import language
from duplistat.web.alerts import words
from duplistat.web.alerts.selection import Names, in_words
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, pgettext

HOUR, DAY = 60, 1440


def sentence(rule: Rule, known: Names, channels: Mapping[int, str]) -> str:
    """The rule in a sentence; `channels` are {id: name} of those that who looks may see."""
    jobs = in_words(rule.match, known)
    kinds = [kind for kind in rule.match.kinds if kind != EVENT]
    parts = []
    if kinds:
        about = {"channels": _named(rule.first_channels, channels), "what": _what(kinds, rule), "jobs": jobs}
        text = (
            _("Alert %(channels)s when a backup %(jobs)s %(what)s")
            if jobs
            else _("Alert %(channels)s when a backup %(what)s")
        )
        parts.append(text % about)
    if EVENT in rule.match.kinds:
        parts.append(_events(rule, jobs, _named(rule.first_channels, channels), also=bool(kinds)))
    parts += _steps(rule, channels)
    if rule.each:
        parts.append(_("each failure"))
    if rule.remind_hours:
        parts.append(_remind(rule))
    if not rule.recover:
        parts.append(_("not on recovery"))
    elif rule.recover > 1:
        parts.append(_("on recovery, after %(number)s successful runs") % {"number": rule.recover})
    if rule.quiet is not None:
        parts.append(_quiet(rule.quiet))
    return f"{'; '.join(parts)}."


def _what(kinds: Sequence[str], rule: Rule) -> str:
    """ "failed twice or is 60 min overdue": each kind, with what it takes."""
    told = []
    for kind in kinds:
        if kind in ("failed", "warning") and rule.after_fails > 1:
            text = (
                ngettext("failed %(num)s time in a row", "failed %(num)s times in a row", rule.after_fails)
                if kind == "failed"
                else ngettext(
                    "ended with warnings %(num)s time in a row",
                    "ended with warnings %(num)s times in a row",
                    rule.after_fails,
                )
            )
            told.append(text % {"num": rule.after_fails})
        elif rule.after_minutes:
            told.append(_long(kind) % {"span": span(rule.after_minutes)})
        else:
            told.append(_plain(kind))
    return _or(told)


def _plain(kind: str) -> str:
    return {
        "failed": pgettext("when a backup", "failed"),
        "overdue": _("is overdue"),
        "stuck": _("stalls"),
        "warning": _("ended with warnings"),
    }[kind]


def _long(kind: str) -> str:
    return {
        "failed": _("has failed for %(span)s"),
        "overdue": _("is overdue for %(span)s"),
        "stuck": _("stalls for %(span)s"),
        "warning": _("has had warnings for %(span)s"),
    }[kind]


def _events(rule: Rule, jobs: str, channels: str, *, also: bool) -> str:
    severities = [words.severities()[item] for item in rule.match.severities]
    about = ", ".join(
        filter(None, (_or(severities), _or(list(rule.match.event_types)), "" if also else jobs))
    )
    if also:
        return _("of events too (%(about)s)") % {"about": about} if about else _("of events too")
    text = _("Alert %(channels)s about events")
    return text % {"channels": channels} + (f" ({about})" if about else "")


def _steps(rule: Rule, channels: Mapping[int, str]) -> list[str]:
    return [
        _("%(channels)s after %(span)s without acknowledgement")
        % {"channels": _named(step.channels, channels), "span": span(step.minutes)}
        for step in rule.steps[1:]
    ]


def _remind(rule: Rule) -> str:
    if rule.remind_hours == 24:
        text = _("remind daily")
    else:
        text = _("remind every %(span)s") % {"span": span(rule.remind_hours * HOUR)}
    if rule.remind_times:
        text += ngettext(", %(num)s time", ", %(num)s times", rule.remind_times) % {"num": rule.remind_times}
    return text


def _quiet(quiet: Quiet) -> str:
    text = _("not sent at all %(windows)s") if quiet.then == DROP else _("held back %(windows)s")
    told = text % {"windows": ", ".join(_window(window) for window in quiet.windows)}
    exceptions = [words.problem_kinds()[kind] for kind in quiet.except_kinds]
    exceptions += [words.severities()[item] for item in quiet.except_severities] + list(quiet.except_tags)
    if not exceptions:
        return told
    return _("%(hours)s but for %(exceptions)s") % {"hours": told, "exceptions": ", ".join(exceptions)}


def _window(window: Window) -> str:
    times = f"{window.start:%H:%M}\u2013{window.end:%H:%M}"
    if window.days == EVERY_DAY:
        return times
    names = words.weekdays()
    return f"{', '.join(names[day] for day in window.days)} {times}"


def kinds(rule: Rule) -> str:
    """What a rule tells of: "failed, overdue or stalled"."""
    names = words.problem_kinds()
    return _or([names[kind] for kind in rule.match.kinds if kind != EVENT])


def first_word(rule: Rule) -> str:
    """When a rule tells first: "at once", "after 2 failures or 60 min"."""
    parts = []
    if rule.after_fails > 1:
        parts.append(
            ngettext("%(num)s failure", "%(num)s failures", rule.after_fails) % {"num": rule.after_fails}
        )
    if rule.after_minutes:
        parts.append(span(rule.after_minutes))
    return _("after %(what)s") % {"what": _or(parts)} if parts else _("at once")


def span(minutes: int) -> str:
    """A number of minutes as "60 min" or "2 h"."""
    return formatting.span(minutes * 60, language.say())


def _named(ids: Sequence[int], channels: Mapping[int, str]) -> str:
    return ", ".join(channels.get(id, _("no longer there")) for id in ids) or _("nobody")


def _or(told: Sequence[str]) -> str:
    first, last = list(told[:-1]), told[-1] if told else ""
    return _("%(names)s or %(last)s") % {"names": ", ".join(first), "last": last} if first else last
