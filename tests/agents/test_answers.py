"""Answers that are odd: what is documented is taken, the rest is left out."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.agents.address import AgentError
from duplistat.agents.answers import (
    entry_of,
    job_of,
    list_of,
    object_of,
    progress_of,
    state_of,
    system_of,
    value_of,
)
from duplistat.agents.transport import Answer

# Keys that mean something: with others nothing would be read.
NAMES = st.sampled_from(
    """Backup Schedule ID Name Metadata Tags TargetURL Time Repeat AllowedDays Rule Options DefaultValue
    ActiveTask Item1 Item2 Timestamp Message OverallProgress BackendSpeed TotalFileSize""".split()  # noqa: SIM905
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, ANYTHING, max_size=8)


def answer(body: bytes | Any, status: int = 200) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), "")


def days(allowed: object, rule: object = None) -> tuple[int, ...]:
    """The weekdays of a job with this in its schedule."""
    schedule = {"Time": "2026-01-28T02:00:00Z", "Repeat": "1D", "AllowedDays": allowed, "Rule": rule}
    job = job_of({"Backup": {"ID": 3}, "Schedule": schedule})
    assert job is not None
    assert job.schedule is not None
    return job.schedule.allowed_days


@settings(deadline=None, derandomize=True, database=None)
@given(OBJECTS)
def test_nothing_that_is_an_object_breaks_it(content: dict[str, Any]) -> None:
    assert isinstance(system_of(content).machine_id, str)
    assert 0 <= progress_of(content).overall <= 1
    assert state_of(content).paused is False
    job, entry = job_of(content), entry_of(content)
    assert job is None or (job.id and all(isinstance(text, str) for text in job.metadata.values()))
    assert entry is None or entry.timestamp is None or entry.timestamp.tzinfo is UTC


def test_weekdays_are_read_in_every_spelling() -> None:
    assert days(["mon", "sun"]) == (0, 6)
    assert days(["Monday", "Tuesday"]) == (0, 1)
    assert days([0, 1]) == (0, 6)
    assert days(None, "AllowedWeekDays=Monday,Friday") == (0, 4)
    assert days([]) == days(None) == days("?") == ()


def test_a_job_needs_an_id_and_nothing_else() -> None:
    assert job_of({"Backup": {"Name": "x"}}) is None
    assert job_of({"Name": "x"}) is None
    found = job_of({"Backup": {"ID": "3", "Metadata": None, "Tags": None, "TargetURL": None}})
    assert found is not None
    assert (found.id, found.name, found.metadata, found.tags, found.target_type) == ("3", "", {}, (), "file")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "", None, "tomorrow"])
def test_a_schedule_without_a_time_is_none(time: str | None) -> None:
    job = job_of({"Backup": {"ID": "3"}, "Schedule": {"Time": time, "Repeat": "1D"}})
    assert job is not None
    assert (job.schedule, job.next_run, job.by_hand) == (None, None, False)


def test_what_older_versions_wrap_is_unwrapped() -> None:
    assert object_of(answer({"success": True, "data": {"ID": "3"}})) == {"ID": "3"}
    assert list_of(answer({"success": True, "data": [{"ID": "3"}, 7, None]})) == [{"ID": "3"}]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": 1', b"[" * 100_000, b"\xff\xfe\x00", b"{} {}", b"null"]
)
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(AgentError, match="it answered something that is no JSON"):
        value_of(answer(body))


def test_json_of_another_kind_is_told() -> None:
    for read, body in ((object_of, b"[]"), (list_of, b"{}"), (object_of, b"7")):
        with pytest.raises(AgentError, match="JSON of another kind than documented"):
            read(answer(body))


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (500, b"", "protocol", "it answered 500"),
        (500, b"<html>", "protocol", "it answered 500"),
        (404, {"Error": "Not  found\n", "Code": 404}, "protocol", "it answered 404 “Not found”"),
        (503, b"", "busy", "it answered 503"),
        (429, {"Error": "Too many"}, "busy", "it answered 429 “Too many”"),
        (500, {"Error": "x" * 900}, "protocol", f"it answered 500 “{'x' * 200}…”"),
        (400, {"HelpId": "DatabaseLocked"}, "busy", "its database is locked: an operation uses it"),
    ],
)
def test_a_failure_says_what_it_said(status: int, body: Any, kind: str, reason: str) -> None:
    with pytest.raises(AgentError) as caught:
        value_of(answer(body, status))
    assert (caught.value.kind, caught.value.reason) == (kind, reason)
