"""From the rows of an account's jobs to the sections of a digest: how they stand, and what changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duplistat.core.alerts.digest_facts import (
    AHEAD_MS,
    DAY_MS,
    MOST,
    MOST_OTHERS,
    NONE,
    ORDER,
    URGENT,
    DigestFacts,
    Line,
    Part,
    Proofs,
    plain_line,
)
from duplistat.core.days import FAILED, INTERRUPTED, LATE, OTHER, SUCCESS, WARNING
from duplistat.core.status import Health

# A proof that is older than this is told of.
OLD_PROOF_MS = 90 * DAY_MS
# Sizes that changed by so much, and by so large a part, are told of.
LARGE_BYTES, LARGE_PART = 100_000_000, 0.2
# A destination is told of that has less than this part free, or is full within so many days.
LITTLE_FREE, SOON_FULL_DAYS = 0.1, 30
_OF_LETTER = {
    FAILED: Health.FAILED,
    INTERRUPTED: Health.FAILED,
    LATE: Health.OVERDUE,
    WARNING: Health.WARNING,
    OTHER: Health.WARNING,
    SUCCESS: Health.OK,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as a digest sees it; times in ms, sizes in bytes.

    `health` is what it settled on, not that it runs just now; or UNSCHEDULED. `reason` is kept as core.reason does.
    `size_then` and `storage_then` are those at the beginning of the time. `schedule_at`: when a person or an agent set
    its `schedule` last. `relearned`: its rhythm is another one than the last digest knew. `untold` says why nobody was
    told of what is wrong with it, "" when somebody was, or nothing is; `untold_until` until when that is so.
    """

    id: int
    name: str
    server: str
    account: str
    health: str
    since: int
    reason: str = ""
    run: int | None = None
    last_at: int | None = None
    duration_ms: int | None = None
    good_at: int | None = None
    size: int | None = None
    size_then: int | None = None
    storage: int | None = None
    storage_then: int | None = None
    quota_total: int | None = None
    quota_free: int | None = None
    created_at: int = 0
    archived_at: int | None = None
    schedule: str = ""
    schedule_at: int | None = None
    relearned: bool = False
    verify_run: int | None = None
    verify_at: int | None = None
    verify_failed: bool = False
    restored_run: int | None = None
    restored_at: int | None = None
    restored_failed: bool = False
    paused_until: int | None = None
    maintenance_from: int | None = None
    maintenance_until: int | None = None
    untold: str = ""
    untold_until: int | None = None


def worst_of(letters: str) -> str:
    """How a job stood in some days, of the letters of core.days; NONE without any run."""
    return min((_OF_LETTER.get(letter, NONE) for letter in letters), key=ORDER.index, default=NONE)


def counts_of(entries: Iterable[Entry]) -> dict[str, int]:
    """How many jobs stand how; those that are archived do not count."""
    counts = dict.fromkeys(map(str, ORDER), 0)
    for entry in entries:
        counts[entry.health] += entry.archived_at is None
    return counts


def digest(
    entries: Sequence[Entry],
    others: Sequence[tuple[Part, Line]],
    *,
    name: str,
    account: str,
    period: str,
    from_at: int,
    until_at: int,
    past: bool = False,
) -> DigestFacts:
    """The facts of a digest. `others` are lines that no job's row tells, such as jobs that are gone."""
    active = [entry for entry in entries if entry.archived_at is None]
    worst = sorted(
        active, key=lambda entry: (ORDER.index(entry.health), entry.name.casefold(), entry.server, entry.id)
    )
    proofs, proven = _proofs(worst, from_at, until_at)
    lines: dict[Part, list[Line]] = {
        Part.NOW: [_line(entry, entry.health) for entry in worst if entry.health in URGENT],
        Part.UNTOLD: [
            _line(entry, entry.untold, at=entry.since, until=entry.untold_until)
            for entry in worst
            if entry.untold and not past
        ],
        Part.CHANGED: [line for entry in entries for line in _changes(entry, from_at, until_at)],
        Part.PROVEN: proven,
        Part.COMING: [] if past else [line for entry in worst for line in _coming(entry, from_at, until_at)],
        Part.REST: [
            _line(entry, entry.health, at=entry.last_at) for entry in worst if entry.health not in URGENT
        ],
    }
    for part, line in others:
        lines[part].append(line)
    lines[Part.COMING].sort(key=lambda line: (line["at"] or 0, line["name"]))
    return {
        "name": name,
        "account": account,
        "period": period,
        "from_at": from_at,
        "until_at": until_at,
        "past": past,
        "several": len({entry.account for entry in entries}) > 1,
        "total": len(active),
        "counts": counts_of(active),
        "proofs": proofs,
        "sections": [
            {
                "part": part.value,
                "total": len(lines[part]),
                "lines": lines[part][: MOST.get(part, MOST_OTHERS)],
            }
            for part in Part
        ],
    }


def _line(entry: Entry, kind: str, **more: object) -> Line:
    about: dict[str, object] = {
        "server": entry.server,
        "job": entry.id,
        "run": entry.run,
        "at": entry.since,
        "good_at": entry.good_at,
        "text": entry.reason,
        "before": entry.duration_ms,
        "after": entry.storage if entry.storage is not None else entry.size,
    }
    return plain_line(str(kind), entry.name, entry.account, **{**about, **more})


def _changes(entry: Entry, from_at: int, until_at: int) -> list[Line]:
    """What became of a job in the time."""

    def within(at: int | None) -> bool:
        return at is not None and from_at <= at < until_at

    found = []
    if within(entry.created_at):
        found.append(_line(entry, "new", at=entry.created_at))
    elif within(entry.archived_at):
        found.append(_line(entry, "archived", at=entry.archived_at))
    if within(entry.schedule_at):
        found.append(_line(entry, "schedule", at=entry.schedule_at, text=entry.schedule))
    elif entry.relearned and not within(entry.created_at):
        found.append(_line(entry, "relearned", at=None, text=entry.schedule))
    for kind, before, after in (
        ("size", entry.size_then, entry.size),
        ("storage", entry.storage_then, entry.storage),
    ):
        if before and after is not None:
            difference = abs(after - before)
            if difference >= LARGE_BYTES and difference >= LARGE_PART * before:
                found.append(_line(entry, kind, at=None, before=before, after=after))
    return found


def _proofs(entries: Sequence[Entry], from_at: int, until_at: int) -> tuple[Proofs, list[Line]]:
    """What was proven in the time, in numbers; and line by line what failed, then restores. Verifications that found
    nothing come with nearly each backup: they are only counted."""
    proofs: Proofs = {"proven": 0, "failed": 0, "old": 0, "never": 0}
    failed: list[Line] = []
    restored: list[Line] = []
    for entry in entries:
        good = [
            at
            for at, wrong in (
                (entry.verify_at, entry.verify_failed),
                (entry.restored_at, entry.restored_failed),
            )
            if at is not None and not wrong
        ]
        proofs["never"] += not good
        proofs["proven"] += any(from_at <= at < until_at for at in good)
        proofs["old"] += bool(good) and max(good) < until_at - OLD_PROOF_MS
        for kind, at, run, wrong in (
            ("restore", entry.restored_at, entry.restored_run, entry.restored_failed),
            ("verification", entry.verify_at, entry.verify_run, entry.verify_failed),
        ):
            if at is None or not from_at <= at < until_at:
                continue
            proofs["failed"] += wrong
            if wrong:
                failed.append(_line(entry, f"{kind}_failed", at=at, run=run))
            elif kind == "restore":
                restored.append(_line(entry, kind, at=at, run=run))
    return proofs, [*failed, *restored]


def _coming(entry: Entry, from_at: int, until_at: int) -> Iterable[Line]:
    """What is known to come within AHEAD_MS: pauses and maintenance that begin or end, and a destination that fills."""
    soon = until_at + AHEAD_MS
    begin, end = entry.maintenance_from, entry.maintenance_until
    if begin is not None and end is not None and until_at < end and begin < soon:
        yield _line(entry, "maintenance", at=begin, until=end)
    if entry.paused_until is not None and until_at < entry.paused_until < soon:
        yield _line(entry, "pause_ends", at=entry.paused_until)
    total, free = entry.quota_total, entry.quota_free
    if not total or free is None:
        return
    days = days_until_full(entry, until_at - from_at)
    if days is not None and days <= SOON_FULL_DAYS:
        yield _line(entry, "full", at=until_at + days * DAY_MS, before=free, after=days)
    elif free < LITTLE_FREE * total:
        yield _line(entry, "little_free", at=until_at, before=free, after=total)


def days_until_full(entry: Entry, span_ms: int) -> int | None:
    """In how many days the destination is full, if the backup grows as it did in the time; None if it does not, or
    that is not known."""
    if entry.quota_free is None or entry.storage is None or entry.storage_then is None or span_ms <= 0:
        return None
    grown = entry.storage - entry.storage_then
    return int(entry.quota_free * span_ms / grown / DAY_MS) if grown > 0 else None
