"""What was set of a job in a time that is over: its row as it is now, taken back by the audit log."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.alerts.evidence import EARLY_MS, Rule, joined
from duplistat.core.alerts.evidence_facts import Change, Policy, Span
from duplistat.core.expectation import Source, told_interval
from duplistat.core.schedule import Schedule, Unplanned, Within
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.times import to_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import rhythm_of
from duplistat.store.audit import Entry
from duplistat.store.jobs import Job

POLICY = ("schedule", "schedule_zone", "grace_seconds")
_TOLD = (*POLICY, "tags", "alias")
_QUIET = ("paused", "paused_until", "maintenance_from", "maintenance_until", "archived")
_LONGEST = 300
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """From a time (ms) on these values held, which somebody set then ("" for what held before)."""

    at: int
    values: Values
    by: str


def steps_of(job: Job, entries: Sequence[Entry], begin: int) -> list[Step]:
    """What was set of a job from `begin` (ms) until now, step by step. `entries` are those about it, oldest first."""
    values: Values = {
        "schedule": job.schedule,
        "schedule_zone": job.schedule_zone,
        "grace_seconds": job.grace_ms // 1000 if job.grace_ms is not None else None,
        "paused": bool(job.paused),
        "paused_until": job.paused_until,
        "maintenance_from": job.maintenance_from,
        "maintenance_until": job.maintenance_until,
        "archived": job.archived_at is not None,
    }
    read = [(entry, _values(entry.before), _values(entry.after)) for entry in entries]
    for _, before, _ in reversed(read):
        values |= before
    steps = [Step(begin, dict(values), "")]
    for entry, _, after in read:
        values = {**values, **after}
        steps.append(Step(entry.at, dict(values), entry.who))
    return steps


def rules_of(job: Job, steps: Sequence[Step], defaults: ScheduleDefaults, begin: int, end: int) -> list[Rule]:
    """The schedules that held from `begin` to `end` (ms), in order. Where none was set, what is known now counts."""
    rules = []
    for step, until in _stretches(steps, end):
        first, last = max(step.at, begin), min(until, end)
        if first < last:
            rules.append(_rule(job, step.values, defaults, first, last))
    merged: list[Rule] = []
    for rule in rules:
        if merged and replace(merged[-1], end=rule.end) == replace(rule, begin=merged[-1].begin):
            merged[-1] = replace(merged[-1], end=rule.end)
        else:
            merged.append(rule)
    return merged


def quiet_of(steps: Sequence[Step], begin: int, end: int) -> list[Span]:
    """The times from `begin` to `end` (ms) in which nothing was expected of a job, by whom each was set."""
    found: list[Span] = []
    for step, until in _stretches(steps, end):
        first, last, values = max(step.at, begin), min(until, end), step.values
        stretches = []
        if values["paused"]:
            stretches.append(("pause", first, min(last, _or(values["paused_until"], last))))
        if values["maintenance_from"] is not None and values["maintenance_until"] is not None:
            stretches.append(
                (
                    "maintenance",
                    max(first, values["maintenance_from"]),
                    min(last, values["maintenance_until"]),
                )
            )
        if values["archived"]:
            stretches.append(("archive", first, last))
        for kind, one, two in stretches:
            if one >= two:
                continue
            earlier = next((span for span in found if span["kind"] == kind and span["end"] == one), None)
            if earlier is not None:
                earlier["end"] = two
            else:
                found.append({"begin": one, "end": two, "kind": kind, "by": step.by, "why": ""})
    return found


def quiet_times(spans: Sequence[Span], begin: int, end: int) -> list[tuple[int, int]]:
    return joined(((span["begin"], span["end"]) for span in spans), begin, end)


def changes_of(entries: Sequence[Entry], begin: int, end: int) -> list[Change]:
    """The fields of the policy that people set in a time (ms)."""
    found: list[Change] = []
    for entry in entries:
        if not begin <= entry.at < end:
            continue
        before, after = json.loads(entry.before), json.loads(entry.after)
        found += [
            {
                "at": entry.at,
                "by": entry.who,
                "field": field,
                "before": _text(before.get(field)),
                "after": _text(after.get(field)),
            }
            for field in _TOLD
            if field in before or field in after
        ]
    return found


def policy_of(job: Job, defaults: ScheduleDefaults) -> Policy:
    """What holds now."""
    rhythm = rhythm_of(job, defaults)
    schedule, source, zone = _known(job, defaults)
    if schedule is None and rhythm.learned is not None:
        source = Source.LEARNED
    return {
        "schedule": write_schedule(schedule) if schedule is not None else "",
        "zone": zone.key,
        "grace_ms": defaults.grace_ms if job.grace_ms is None else job.grace_ms,
        "source": source.value,
    }


def _rule(job: Job, values: Values, defaults: ScheduleDefaults, begin: int, end: int) -> Rule:
    seconds = values["grace_seconds"]
    grace = defaults.grace_ms if seconds is None else seconds * 1000
    if values["schedule"]:
        zone = ZoneInfo(values["schedule_zone"]) if values["schedule_zone"] else defaults.zone
        chosen = parse_schedule(values["schedule"])
        if isinstance(chosen, Within):
            return Rule(begin, end, None, zone, grace, gap_ms=_ms(chosen.every))
        return Rule(begin, end, _planned(chosen), zone, grace)
    unset = replace_schedule(job)
    schedule, source, zone = _known(unset, defaults)
    learned = rhythm_of(unset, defaults).learned
    if source is not Source.LEARNED or learned is None:
        return Rule(begin, end, _planned(schedule), zone, grace)
    late, early = _ms(learned.late), max(EARLY_MS, _ms(learned.early))
    if not learned.by_the_clock:
        gap = _ms(learned.gap) if schedule is not None else None
        return Rule(begin, end, None, zone, grace + late, gap_ms=gap)
    return Rule(begin, end, schedule, zone, grace + late, early_ms=early)


def replace_schedule(job: Job) -> Job:
    """The row of a job as if nobody had set a schedule."""
    return replace(job, schedule=None, schedule_zone=None) if job.schedule else job


def _known(job: Job, defaults: ScheduleDefaults) -> tuple[Schedule | None, Source, ZoneInfo]:
    """The schedule of a job as it is known now, how, and in which zone."""
    rhythm = rhythm_of(job, defaults)
    if rhythm.set_schedule is not None:
        return rhythm.set_schedule, Source.SET, rhythm.zone
    if rhythm.collected is not None:
        return rhythm.collected, Source.COLLECTED, rhythm.zone
    if (told := told_interval(rhythm)) is not None:
        return told, Source.TOLD, rhythm.zone
    if rhythm.learned is not None:
        zone = ZoneInfo(rhythm.learned.zone) if rhythm.learned.zone else rhythm.zone
        return rhythm.learned.schedule, Source.LEARNED, zone
    return None, Source.NONE, rhythm.zone


def _planned(schedule: Schedule | None) -> Schedule | None:
    return None if isinstance(schedule, Unplanned) else schedule


def _stretches(steps: Sequence[Step], end: int) -> Iterator[tuple[Step, int]]:
    """Each step, and until when it held."""
    for step, following in pairwise([*steps, None]):
        if step is not None:
            yield step, following.at if following is not None else end


def _values(text: str) -> Values:
    """What an entry of the log says of the fields that count, times as ms."""
    known: Values = json.loads(text)
    found = {field: known[field] for field in (*POLICY, *_QUIET) if field in known}
    for field in ("paused_until", "maintenance_from", "maintenance_until"):
        if isinstance(found.get(field), str):
            found[field] = to_ms(datetime.fromisoformat(found[field]))
    return found


def _ms(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _text(value: object) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:_LONGEST]
