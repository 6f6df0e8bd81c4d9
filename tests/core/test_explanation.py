"""The explanation of a job, and its words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duplistat.core import explanation_words as words
from duplistat.core.expectation import Expected, Rhythm, Source
from duplistat.core.explanation import Explanation, Kept, Unsettable, explain, runs_missing, settable
from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import to_ms

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# A Monday.
FIRST = datetime(2026, 1, 5, 18, 0, tzinfo=BERLIN)
NOTHING = Expected(None, None, Source.NONE)


def ran(starts: Iterable[datetime]) -> list[Ran]:
    return [Ran(to_ms(start), to_ms(start + 10 * MINUTE)) for start in starts]


def days(count: int) -> list[datetime]:
    return [FIRST + n * DAY for n in range(count)]


def explained(
    starts: list[datetime],
    source: Source = Source.LEARNED,
    schedule: str | None = None,
    kept: Kept | None = None,
) -> Explanation:
    runs = ran(starts)
    rhythm = Rhythm(
        BERLIN,
        2 * HOUR,
        set_schedule=parse_schedule(schedule) if schedule else None,
        learned=learn(runs, BERLIN),
    )
    if rhythm.learned is None and source is Source.LEARNED:
        source = Source.NONE
    return explain(rhythm, runs, replace(NOTHING, source=source), [], kept=kept)


def test_a_daily_job_is_explained_with_its_schedule_and_its_grid() -> None:
    told = explained(days(60))
    assert (told.source, told.schedule, told.runs, told.missing) == (Source.LEARNED, "daily 18:00", 60, 0)
    assert told.evidence is not None
    assert (told.evidence.settable, told.evidence.unsettable, told.evidence.dates) == (
        "daily 18:00",
        None,
        [],
    )
    assert told.evidence.grid[0][18].hits == told.evidence.grid[0][18].chances == 9
    assert words.evidence_lines(told.evidence)[:1] == [
        "Learned from 60 runs: every day at 18:00 ± 1 min (very sure)"
    ]
    assert words.since(told.evidence, FIRST) == "5 Jan"
    assert words.since(told.evidence, FIRST + 400 * DAY) == "5 Jan 2026"


def test_a_laptop_says_how_often_it_is_skipped() -> None:
    starts = [start for n, start in enumerate(days(140)) if start.weekday() < 5 and n % 17 != 4]
    told = explained(starts)
    assert told.evidence is not None
    text = " ".join(words.evidence_lines(told.evidence))
    assert "Skips about one weekday in " in text
    assert f"overdue after {told.evidence.learned.in_a_row} in a row" in text
    assert told.evidence.learned.in_a_row > 1
    # Where another schedule decides, it says nothing of when the job is overdue.
    others = " ".join(words.evidence_lines(told.evidence, decides=False))
    assert "Skips about one time in " in others
    assert "overdue" not in others


def test_a_monthly_job_shows_its_dates() -> None:
    starts = [datetime(2025 + n // 12, n % 12 + 1, 1, 3, tzinfo=BERLIN) for n in range(8)]
    told = explained(starts)
    assert told.schedule == "monthly 1 03:00"
    assert told.evidence is not None
    assert (told.evidence.grid, [seen.ran for seen in told.evidence.dates]) == (
        [],
        [start.astimezone(UTC) for start in starts],
    )


@pytest.mark.parametrize(
    ("starts", "missing", "text"),
    [
        ([], 4, "0 of 4 runs: 4 more, and not all on one day"),
        (days(1), 3, "1 of 4 runs: 3 more, and not all on one day"),
        (days(2), 2, "2 of 4 runs: 2 more"),
        (days(3), 1, "3 of 4 runs: one more"),
        ([FIRST + n * HOUR for n in range(3)], 1, "3 of 4 runs: one more, and not all on one day"),
        ([FIRST + n * HOUR for n in range(9)], 1, "9 runs, all on one day: one more on another day"),
    ],
)
def test_a_job_with_too_few_runs_says_how_many_are_missing(
    starts: list[datetime], missing: int, text: str
) -> None:
    told = explained(starts)
    assert (told.source, told.missing, told.evidence) == (Source.NONE, missing, None)
    assert words.missing(told) == text


def test_nothing_is_missing_where_a_schedule_is_known() -> None:
    told = explained(days(2), Source.SET, "daily 18:00")
    assert (told.schedule, told.missing, words.missing(told)) == ("daily 18:00", 0, "")
    assert (runs_missing(4, one_day=True), runs_missing(4, one_day=False), runs_missing(1, one_day=True)) == (
        1,
        0,
        3,
    )


def test_a_job_of_which_only_the_number_of_runs_is_known() -> None:
    assert words.missing_of(3) == "3 of 4 runs: one more"
    assert words.missing_of(0) == "0 of 4 runs: 4 more, and not all on one day"
    assert words.missing_of(30) == "30 runs, all on one day: one more on another day"


def learned(text: str | None = "daily 18:00", **others: object) -> Learned:
    schedule = parse_schedule(text, longest=100_000) if text else None
    found = Learned(schedule, MINUTE, 9, late=5 * MINUTE, slots=9, since=FIRST)
    return replace(found, **others)  # type: ignore[arg-type]  # tests name the fields


def test_without_regular_times_the_longest_silence_and_the_limit_are_said_as_a_guess() -> None:
    silent = learned(None, longest=5 * DAY, periods=0)
    runs = ran([FIRST, FIRST + DAY, FIRST + 4 * DAY, FIRST + 5 * DAY])
    limit = Expected(FIRST + 10 * DAY, FIRST + 10 * DAY + 2 * HOUR, Source.LEARNED)
    told = explain(Rhythm(BERLIN, 2 * HOUR, learned=silent), runs, limit, [limit, limit])
    assert told.evidence is not None
    assert (told.schedule, told.evidence.longest, told.following) == (None, 3 * DAY, [limit])
    assert words.evidence_lines(told.evidence) == [
        "No regular times in 9 runs: overdue after 5 days without a run (a guess)",
        "Longest silence so far: 3 days",
    ]
    assert words.evidence_lines(told.evidence, decides=False)[0] == "No regular times in 9 runs (a guess)"


def test_an_interval_is_set_with_its_anchor() -> None:
    assert settable(learned("every 6h from 2026-01-05T01:13:20Z")) == "every 6h from 2026-01-05T01:13:20Z"
    assert settable(learned("weekdays 18:00; sat 10:00")) == "weekdays 18:00; sat 10:00"


@pytest.mark.parametrize(
    ("found", "why", "text"),
    [
        (learned(None, longest=5 * DAY), Unsettable.SILENCE, "no regular times"),
        (
            learned("every 24h from 2026-01-05T01:00Z", counts_from=CountsFrom.END),
            Unsettable.FROM_END,
            "the end of",
        ),
        (
            learned("every 24h from 2026-01-05T01:00Z", counts_from=CountsFrom.START),
            Unsettable.FROM_START,
            "the start of",
        ),
        (
            learned("every 6h from 2026-01-05T01:00Z", weekdays=frozenset({0, 1})),
            Unsettable.WEEKDAYS,
            "not every weekday",
        ),
        (
            learned(
                "; ".join(
                    f"{day} " + ",".join(f"{h:02}:{m:02}" for h in range(24) for m in (1, 31))
                    for day in ("mon", "tue,wed")
                )
            ),
            Unsettable.LONG,
            "too many times",
        ),
    ],
)
def test_what_no_schedule_says_cannot_be_set_and_says_why(found: Learned, why: Unsettable, text: str) -> None:
    assert settable(found) is why
    assert text in words.why_not(why)


def weekly() -> list[datetime]:
    return [FIRST + n * 7 * DAY for n in range(9)]


def test_weekly_runs_of_a_daily_schedule_are_asked_about() -> None:
    told = explained(weekly(), Source.SET, "daily 18:00")
    assert (told.asks, told.schedule) == (True, "daily 18:00")
    assert told.evidence is not None
    assert words.other_rhythm(told.evidence, FIRST) == "Since 5 Jan the runs look like: every Monday at 18:00"


def test_an_answer_holds_for_that_rhythm_alone() -> None:
    def asks(kept: str, zone: ZoneInfo = BERLIN) -> bool:
        return explained(weekly(), Source.SET, "daily 18:00", Kept(parse_schedule(kept), zone)).asks

    assert not asks("mon 18:00")
    # A few minutes later it is still the same.
    assert not asks("mon 18:05")
    assert not asks("mon 18:00", ZoneInfo("Europe/Paris"))
    # Three weeks on, the clocks change in Berlin.
    assert asks("mon 17:00", ZoneInfo("UTC"))
    assert asks("tue 18:00")
    assert asks("weekdays 18:00")


def test_what_cannot_be_taken_over_is_not_asked_about() -> None:
    found = learned("every 40h from 2026-01-05T01:00Z", counts_from=CountsFrom.END, gap=40 * HOUR, periods=9)
    known = Rhythm(BERLIN, 2 * HOUR, set_schedule=parse_schedule("daily 18:00"), learned=found)
    runs = ran([FIRST + n * 40 * HOUR for n in range(20)])
    assert not explain(known, runs, replace(NOTHING, source=Source.SET), []).asks
