"""What each column of a table of jobs says of a job. Worked out once, for a thousand of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup, escape

from duplistat.core import days, formatting
from duplistat.core.client_versions import ClientVersion
from duplistat.core.explanation_words import missing_of
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.store.runs import LatestNumbers
from duplistat.web.formatting import Reader, count, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.client_words import client_words
from duplistat.web.parts.judged import JudgedJob
from duplistat.web.parts.labels import tags_of
from duplistat.web.parts.states import state_words
from duplistat.web.parts.strip import strip

DAYS = 30
# Of a note, this much stands in a table.
NOTE = 80


class Cell(NamedTuple):
    """What a column says of a job. `tip` is for hover; `part` is the part of the job's page that it leads to. Both are
    "" for none."""

    text: str
    tip: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What some columns show and the row of a job does not have; read only where such a column is wanted.

    By id of the job: `notes`, and `latest`, the numbers of its latest run. By id of the server: `clients`; the newest
    version of each channel in `newest`.
    """

    notes: Mapping[int, str] = field(default_factory=dict)
    latest: Mapping[int, LatestNumbers] = field(default_factory=dict)
    clients: Mapping[int, ClientVersion] = field(default_factory=dict)
    newest: Mapping[str, ClientVersion] = field(default_factory=dict)


NOTHING_BESIDE = Beside()


class View(NamedTuple):
    """What cells need beside their job: `today` is a day since 1970, `ended` is what `ended_words` says; `numbers`
    are how many runs are known of each job, where that is of interest."""

    reader: Reader
    today: int
    ended: Mapping[str, str]
    numbers: Mapping[int, int] | None = None
    beside: Beside = NOTHING_BESIDE


def ended_words() -> Mapping[str, str]:
    """{status: how a run ended, where that says more than how long it took}."""
    failed = _("failed")
    return {
        Status.ERROR: failed,
        Status.FATAL: failed,
        Status.INTERRUPTED: _("interrupted"),
        Status.RUNNING: _("running"),
        Status.UNKNOWN: _("result unknown"),
    }


def last_days(item: JudgedJob, view: View) -> Cell:
    job = item.job
    return Cell(strip(days.window(job.days, job.days_to, view.today, DAYS), view.today))


def last_run(item: JudgedJob, view: View) -> Cell:
    """6 h ago · 3 min, or how it ended; after several that failed, the one that did not."""
    job, reader = item.job, view.reader
    if job.last_order is None:
        return Cell(_("none yet"))
    if job.failing_runs > 1:
        number = count(job.failing_runs)
        if job.last_success_at is None:
            return Cell(_("never successful · %(number)s failed") % {"number": number})
        good = say(
            _("last success %(when)s · %(number)s failed"),
            when=reader.ago(job.last_success_at),
            number=number,
        )
        return Cell(good)
    cell = _ago(job.last_order, view)
    if job.last_status and job.last_status in view.ended:
        return _with(cell, view.ended[job.last_status])
    if job.last_duration is not None:
        return _with(cell, formatting.span(job.last_duration / 1000, reader.say))
    return cell


def next_run(item: JudgedJob, view: View) -> Cell:
    """When the next run is expected; a word where the job's state says it better."""
    job, health, reader = item.job, item.health, view.reader
    if health is Health.RUNNING:
        if job.live_progress is None:
            return Cell(_("running now"))
        return Cell(_("running, %(part)s") % {"part": formatting.percent(job.live_progress, reader.say)})
    if health in (Health.OVERDUE, Health.STUCK, Health.PAUSED):
        return Cell(state_words()[health.value])
    if job.expected_at is None:
        if view.numbers is not None:
            return Cell(missing_of(view.numbers.get(job.id, 0), reader.say))
        return Cell(_("no schedule"))
    cell = _ago(job.expected_at, view)
    # What has come and is not late yet.
    return _with(cell, _("due")) if job.expected_at <= reader.now else cell


def size(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.size(item.job.size, view.reader.say) or _("not reported"))


def growth(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.change(item.job.size_before, item.job.size, view.reader.say))


def versions(item: JudgedJob, _view: View) -> Cell:
    number = item.job.versions
    return Cell("") if number is None else Cell(str(number), part="restore-points")


def duration(item: JudgedJob, view: View) -> Cell:
    took = item.job.last_duration
    return Cell("" if took is None or took < 0 else formatting.duration(took / 1000, view.reader.say))


def warnings(item: JudgedJob, view: View) -> Cell:
    return Cell(count(latest_of(item, view.beside).warnings))


def errors(item: JudgedJob, view: View) -> Cell:
    return Cell(count(latest_of(item, view.beside).errors))


def uploaded(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.size(latest_of(item, view.beside).uploaded, view.reader.say))


def stored(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.size(item.job.storage, view.reader.say))


def free(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.size(item.job.quota_free, view.reader.say))


def files(item: JudgedJob, _view: View) -> Cell:
    return Cell(count(item.job.files))


def runs(item: JudgedJob, _view: View) -> Cell:
    return Cell(count(item.job.runs))


def failed_in_a_row(item: JudgedJob, _view: View) -> Cell:
    return Cell(count(item.job.failing_runs) if item.job.failing_runs else "")


def overdue_after(item: JudgedJob, view: View) -> Cell:
    """When it becomes overdue, unless a run comes; nothing where it is so already, or nothing is expected."""
    due = item.job.due_at
    return Cell("") if due is None or due <= view.reader.now else _ago(due, view)


def verified(item: JudgedJob, view: View) -> Cell:
    return _proof(item.job.verify_at, item.job.verification_failed, view)


def restored(item: JudgedJob, view: View) -> Cell:
    return _proof(item.job.restored_at, item.job.restore_failed, view)


def client(item: JudgedJob, view: View) -> Cell:
    """The version that its server reports, with a word where a newer one is known on its channel."""
    client = client_words(view.beside.clients.get(item.job.server_id), view.beside.newest)
    return Cell(client.words, client.tip)


def tags(item: JudgedJob, _view: View) -> Cell:
    return Cell(visible(", ".join(tags_of(item.job))))


def note(item: JudgedJob, view: View) -> Cell:
    text = visible(" ".join(view.beside.notes.get(item.job.id, "").split()))
    return Cell(
        text if len(text) <= NOTE else f"{text[: NOTE - 1].rstrip()}…", text if len(text) > NOTE else ""
    )


def latest_of(item: JudgedJob, beside: Beside) -> LatestNumbers:
    return beside.latest.get(item.job.id, LatestNumbers())


def _proof(at: int | None, failed: bool, view: View) -> Cell:
    if at is None:
        return Cell(_("never"))
    cell = _ago(at, view)
    return _with(cell, _("failed")) if failed else cell


def _with(cell: Cell, word: str) -> Cell:
    return Cell(cell.text + Markup(" · ") + word, cell.tip)


def _ago(at: int, view: View) -> Cell:
    """As `Reader.ago`, in fewer bytes: to the minute, with the zone as its distance from UTC. Scripts know what it is
    by where it stands."""
    reader = view.reader
    exact = reader.local(at).isoformat("T", "minutes")
    tip = f"{exact[:10]} {exact[11:16]} {exact[16:]}"
    text = escape(formatting.ago(from_ms(at), from_ms(reader.now), reader.say))
    return Cell(Markup(f'<time datetime={exact} title="{tip}">{text}</time>'))  # noqa: S704  # made here
