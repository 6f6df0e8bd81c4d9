"""How many of some jobs are proven by a verification or restore that succeeded, and how old the weakest proof is."""

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.times import from_ms
from duplistat.store.jobs import Job
from duplistat.web import language
from duplistat.web.formatting import Reader, count, say
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext


class Proven(NamedTuple):
    """Of some `jobs`: those whose latest verification or restore succeeded, the `oldest` of these (ms, None for none);
    those where it `failed` and nobody dismissed that, the `latest` of these; and those that were `tried` at all."""

    jobs: int
    proven: int
    oldest: int | None
    failed: int
    latest: int | None
    tried: int = 0

    @property
    def weakness(self) -> float | None:
        """What rows are sorted by, the least first: where not all are proven, their part (below 1); else the time of
        the oldest proof."""
        if not self.jobs:
            return None
        return (
            self.oldest if self.oldest is not None and self.proven == self.jobs else self.proven / self.jobs
        )


def verified(own: Iterable[Job]) -> Proven:
    return _of((job.verify_at, bool(job.verify_failed), job.verification_failed) for job in own)


def restored(own: Iterable[Job]) -> Proven:
    return _of((job.restored_at, bool(job.restored_failed), job.restore_failed) for job in own)


def proof_words(found: Proven, reader: Reader) -> Markup:
    """3 of 4 · oldest 21 days ago; of one job only how long ago. That one failed is said before, by a mark."""
    if found.jobs == 1 and (found.oldest is not None or found.failed):
        return reader.ago(found.latest if found.oldest is None else found.oldest)
    some, every = count(found.proven), count(found.jobs)
    if found.oldest is not None:
        text = _("%(some)s of %(all)s · oldest %(when)s")
        return say(text, some=some, all=every, when=reader.ago(found.oldest))
    return say(_("%(some)s of %(all)s"), some=some, all=every) if found.tried else Markup("")


def verified_tip(found: Proven, reader: Reader) -> str:
    """The same in whole sentences; "" where there is nothing to explain."""
    proven = ngettext(
        "%(some)s of %(all)s jobs has been verified; that was %(when)s.",
        "%(some)s of %(all)s jobs have been verified; the oldest of these verifications is %(when)s.",
        found.proven,
    )
    failed = ngettext(
        "The last verification of one job failed.",
        "The last verifications of %(num)s jobs failed.",
        found.failed,
    )
    return _tip(found, proven, failed, reader)


def restored_tip(found: Proven, reader: Reader) -> str:
    proven = ngettext(
        "%(some)s of %(all)s jobs has been restored; that was %(when)s.",
        "%(some)s of %(all)s jobs have been restored; the oldest of these restores is %(when)s.",
        found.proven,
    )
    failed = ngettext(
        "The last restore of one job failed.", "The last restores of %(num)s jobs failed.", found.failed
    )
    return _tip(found, proven, failed, reader)


def _tip(found: Proven, proven: str, failed: str, reader: Reader) -> str:
    parts = []
    if found.jobs > 1 and found.oldest is not None:
        when = formatting.ago(from_ms(found.oldest), from_ms(reader.now), language.say())
        parts.append(proven % {"some": count(found.proven), "all": count(found.jobs), "when": when})
    if found.failed:
        parts.append(failed % {"num": count(found.failed)})
    return " ".join(parts)


def _of(told: Iterable[tuple[int | None, bool, bool]]) -> Proven:
    """Of (when, whether it failed, whether that still counts) of each job."""
    all_of_them = [*told]
    good = [at for at, failed, _counts in all_of_them if at is not None and not failed]
    bad = [at for at, _failed, counts in all_of_them if at is not None and counts]
    tried = sum(at is not None for at, _failed, _counts in all_of_them)
    oldest, latest = min(good, default=None), max(bad, default=None)
    return Proven(len(all_of_them), len(good), oldest, len(bad), latest, tried)
