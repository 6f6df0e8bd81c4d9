"""`duplistat job explain`, and which jobs have no schedule."""

import json
from datetime import timedelta

import pytest

from duplistat.core.times import from_ms
from duplistat.store import jobs
from tests.cli.conftest import Run
from tests.support.bodies import duplicati
from tests.support.site import Site

JOB = ("--server", "nas", "--job", "Documents")


def nights(site: Site, count: int, job: str = "Documents") -> None:
    """Runs at 02:00 of January 2026."""
    for day in range(1, count + 1):
        site.now.set(f"2026-01-{day:02}T02:10:00Z")
        site.sweep()
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z", job=job))
        site.learn()


def explained(run: Run) -> list[str]:
    """The lines of the explanation; machines have several names for their zone."""
    result = run("job", "explain", *JOB)
    assert result.exit_code == 0
    return result.stdout.replace("Etc/UTC", "UTC").splitlines()


def test_a_job_is_explained_with_its_evidence(site: Site, run: Run) -> None:
    nights(site, 30)
    lines = explained(run)
    assert lines[0] == "Documents: learned from 30 runs: every day at 02:00 ± 1 min (very sure), UTC"
    assert lines[1].startswith("Nine of ten runs start within 1 min of their time")
    assert "Skips none; overdue after the first missed run" in lines
    assert "Since 1 Jan, by the clock of UTC" in lines
    assert any(
        line.startswith("Expected 2026-01-31 02:00:00 UTC, overdue after 2026-01-31 04:") for line in lines
    )
    assert sum(line.startswith("20") for line in lines) == 5


def test_the_json_is_what_the_api_answers(site: Site, run: Run) -> None:
    nights(site, 28)
    found = json.loads(run("job", "explain", *JOB, "--json").stdout)
    assert (found["source"], found["learned"]["runs"], len(found["next"])) == ("learned", 28, 5)
    assert found.keys() == {
        *(
            "job_id",
            "job_name",
            "source",
            "text",
            "schedule",
            "zone",
            "grace_ms",
            "expected_at",
            "overdue_at",
            "next",
        ),
        *("runs", "runs_missing", "learned", "contradicted", "alarms"),
    }


def test_past_alarms_are_listed(site: Site, run: Run) -> None:
    nights(site, 28)
    site.now.set("2026-01-29T09:00:00Z")
    site.sweep()
    assert "still overdue" in "".join(explained(run))
    site.now.set("2026-01-29T12:00:00Z")
    site.record(duplicati("2026-01-29T11:50:00Z"))
    (line,) = [line for line in explained(run) if "a run was reported" in line]
    assert line.split("  ") == [
        "2026-01-29 09:00:00 UTC",
        "2026-01-29 02:00:00 UTC",
        "3 h",
        "a run was reported",
    ]


def test_too_few_runs_say_how_many_are_missing(site: Site, run: Run) -> None:
    nights(site, 3)
    lines = explained(run)
    assert lines[1:] == ["3 of 4 runs: one more"]


def test_a_contradiction_is_told(site: Site, run: Run) -> None:
    site.record(duplicati("2026-01-01T02:00:00Z"))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    for week in range(6):
        at = from_ms(site.now()).replace(year=2026, month=2, day=2, hour=2, minute=0) + week * timedelta(
            days=7
        )
        site.now.set((at + timedelta(minutes=10)).isoformat())
        site.record(duplicati(f"{at:%Y-%m-%dT02:00:00Z}"))
    site.learn()
    lines = explained(run)
    assert (
        "Since 2 Feb the runs look like: every Monday at 02:00; the schedule says otherwise, and decides"
        in lines
    )


def test_jobs_without_a_schedule_are_listed_with_how_many_runs_are_missing(site: Site, run: Run) -> None:
    nights(site, 28)
    nights(site, 3, job="New")
    site.record(duplicati("2026-01-28T02:00:00Z", job="By hand"))
    site.set_job(site.job("By hand"), schedule="unplanned", schedule_zone=None)
    listed = run("job", "list", "--no-schedule").stdout
    assert [line.split()[1] for line in listed.splitlines()[1:]] == ["New"]
    assert "no schedule known yet: 3 of 4 runs: one more" in listed
    assert "no schedule known yet: 3 of 4 runs: one more" in run("job", "list").stdout
    assert len(jobs.visible(site.db, (1,))) == 3


@pytest.mark.parametrize(
    "words", [("--server", "nas", "--job", "Nothing"), ("--server", "no", "--job", "Documents")]
)
def test_a_job_that_is_not_there_is_an_error(site: Site, run: Run, words: tuple[str, ...]) -> None:
    site.record(duplicati("2026-01-01T02:00:00Z"))
    assert run("job", "explain", *words).exit_code == 1
