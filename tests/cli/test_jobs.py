"""`duplistat job` and `duplistat server`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from duplistat.store import audit, job_notes
from tests.cli.conftest import Run
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
JOB = ("--server", "nas", "--job", "Documents")


@pytest.fixture(autouse=True)
def one_job(site: Site) -> None:
    site.record(duplicati(START))


def test_a_schedule_is_set_and_said_back(site: Site, run: Run) -> None:
    result = run("job", "set", *JOB, "--schedule", "weekdays 22:30", "--zone", "Europe/Berlin")
    assert result.exit_code == 0
    assert result.stdout.startswith("Understood: ")
    job = site.job()
    assert (job.source, job.schedule_zone) == ("set", "Europe/Berlin")
    assert job.expected_at is not None


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("every 6h", "every 6 hours"),
        ("within 25h", "at most 1 d 1 h after the run before"),
        ("unplanned", "manual job"),
        ("weekdays 22:30", "Monday to Friday at 22:30, America/Lima"),
    ],
)
def test_a_zone_is_named_with_times_of_day_alone(run: Run, schedule: str, words: str) -> None:
    set_it = run("job", "set", *JOB, "--schedule", schedule, "--zone", "America/Lima")
    assert set_it.stdout.startswith(f"Understood: {words}\n")
    assert run("job", "list").stdout.splitlines()[1].endswith(f"set by hand: {words}")
    assert run("job", "explain", *JOB).stdout.startswith(f"Documents: set by hand: {words}\n")


def test_a_schedule_is_taken_back(site: Site, run: Run) -> None:
    run("job", "set", *JOB, "--schedule", "daily 02:00")
    assert run("job", "set", *JOB, "--schedule", "auto").exit_code == 0
    assert (site.job().schedule, site.job().source) == (None, "none")


def test_grace_tags_and_a_pause_are_set(site: Site, run: Run) -> None:
    run("job", "set", *JOB, "--grace-seconds", "60", "--paused", "true", "--tag", "a", "--tag", "b")
    job = site.job()
    assert (job.grace_ms, job.paused, job.health, job.tags) == (60_000, 1, "paused", '["a", "b"]')
    run("job", "set", *JOB, "--paused", "false")
    assert site.job().health == "ok"


def test_a_pause_has_an_end_and_a_window_a_beginning_too(site: Site, run: Run) -> None:
    assert run("job", "set", *JOB, "--paused-until", "2999-01-01T00:00:00Z").exit_code == 1
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    window = (soon.isoformat(), (soon + timedelta(hours=2)).isoformat())
    assert run("job", "set", *JOB, "--paused-until", soon.isoformat()).exit_code == 0
    assert (site.job().health, site.job().paused_until) == ("paused", ms(soon.isoformat()))
    assert run("job", "set", *JOB, "--paused", "false", "--maintenance", *window).exit_code == 0
    assert (site.job().maintenance_from, site.job().maintenance_until) == tuple(map(ms, window))
    assert run("job", "set", *JOB, "--maintenance", "", "").exit_code == 0
    assert (site.job().maintenance_from, site.job().next_check_at) == (None, None)


def test_a_job_has_an_alias_by_which_it_is_found_and_notes(site: Site, run: Run) -> None:
    assert run("job", "set", *JOB, "--alias", "Papers", "--notes", "Ask Eva.").exit_code == 0
    assert run("job", "set", "--server", "nas", "--job", "Papers", "--tag", "home").exit_code == 0
    job = site.job()
    assert (job.alias, job.tags, job_notes.get(site.db, job.id)) == ("Papers", '["home"]', "Ask Eva.")


def test_a_job_goes_into_the_archive_and_comes_out(site: Site, run: Run) -> None:
    run("job", "set", *JOB, "--archived", "true")
    assert site.jobs() == []
    run("job", "set", *JOB, "--archived", "false")
    assert site.job().health == "ok"


def test_what_a_command_sets_is_noted_with_what_it_was(site: Site, run: Run) -> None:
    run("job", "set", *JOB, "--schedule", "daily 02:00", "--zone", "Europe/Berlin", "--alias", "Papers")
    run("job", "set", *JOB, "--alias", "Papers")
    (entry,) = audit.page(site.db, (1,), audit.Filter(), before=None, limit=9)
    assert (entry.action, entry.who, entry.subject) == ("job.set", "command line", "nas / Papers")
    assert json.loads(entry.before) == {"alias": None, "schedule": None, "schedule_zone": None}
    assert json.loads(entry.after) == {
        "alias": "Papers", "schedule": "daily 02:00", "schedule_zone": "Europe/Berlin",
    }  # fmt: skip


@pytest.mark.parametrize("server", ["nas", "4f1d2c3b", "1", "The Attic"])
def test_a_server_is_named_in_every_way(site: Site, run: Run, server: str) -> None:
    site.set_server(1, alias="The Attic")
    assert run("job", "set", "--server", server, "--job", "Documents", "--paused", "true").exit_code == 0
    assert site.job().paused == 1


def test_an_alias_is_set_and_taken_away(site: Site, run: Run) -> None:
    assert run("server", "set", "--server", "nas", "--alias", "Attic").exit_code == 0
    assert site.servers()[0].alias == "Attic"
    run("server", "set", "--server", "Attic", "--alias", "")
    assert site.servers()[0].alias is None


def test_the_list_of_jobs_says_how_they_are_and_how_we_know(run: Run) -> None:
    lines = run("job", "list").stdout.splitlines()
    assert lines[0].split() == ["server", "job", "health", "last", "backup", "expected", "as"]
    assert lines[1].split()[:3] == ["nas", "Documents", "ok"]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (
            ("--server", "x", "--job", "Documents", "--paused", "true"),
            1,
            "account 'main' has no server called 'x'",
        ),
        (("--server", "nas", "--job", "x", "--paused", "true"), 1, "server 'nas' has no job named 'x'"),
        ((*JOB, "--account", "x", "--paused", "true"), 1, "there is no account named 'x'"),
        (JOB, 2, "nothing to set"),
        ((*JOB, "--schedule", "now and then"), 2, "does not begin with daily"),
        ((*JOB, "--schedule", "daily 02:00", "--zone", "Mars"), 2, "'Mars' is not a time zone"),
        ((*JOB, "--grace-seconds", "-1"), 2, "grace-seconds"),
        ((*JOB, "--paused-until", "2020-01-01T00:00:00Z"), 1, "a pause ends in the future"),
        ((*JOB, "--paused-until", "tomorrow"), 2, "'tomorrow' is not an ISO 8601 time"),
        ((*JOB, "--maintenance", "2020-01-01T00:00:00Z", ""), 1, "has a beginning and an end"),
        ((*JOB, "--tag", "x" * 51), 1, "a tag has at most 50 characters"),
    ],
)
def test_what_goes_wrong_is_said(run: Run, arguments: tuple[str, ...], code: int, part: str) -> None:
    result = run("job", "set", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert part in result.stderr


def test_a_name_that_two_servers_bear_is_answered_with_their_ids(site: Site, run: Run) -> None:
    site.record(duplicati(START, machine="bbbb"))
    result = run("job", "set", *JOB, "--paused", "true")
    assert (result.exit_code, result.stderr) == (
        1, "duplistat: 2 servers are called 'nas': use one of the ids 1, 2\n",
    )  # fmt: skip


def test_a_failure_is_dismissed(site: Site, run: Run) -> None:
    assert run("job", "dismiss", *JOB).exit_code == 1
    site.record(duplicati("2026-01-28T03:00:00Z", operation="Test", result="Error"))
    site.record(duplicati("2026-01-28T04:00:00Z", operation="Restore", result="Error"))
    assert " failed " in run("job", "list").stdout
    result = run("job", "dismiss", *JOB, "--only", "verification")
    assert (result.exit_code, result.stdout) == (0, "Documents: dismissed the failed verification; warning\n")
    result = run("job", "dismiss", *JOB)
    assert (result.exit_code, result.stdout) == (0, "Documents: dismissed the failed restore; ok\n")
    assert " ok " in run("job", "list").stdout


def test_a_renamed_job_is_joined_and_is_two_again(site: Site, run: Run) -> None:
    site.now.set("2026-01-29T12:00:00Z")
    site.record(duplicati("2026-01-29T02:00:00Z", job="Papers"))
    words = ["--server", "nas", "--job", "Papers"]
    asked = run("job", "join", *words, "--from", "Documents", stdin="n\n")
    assert (asked.exit_code, "nothing was joined" in asked.stderr) == (1, True)
    done = run("job", "join", *words, "--from", "Documents", "--yes")
    assert "Documents is a part of Papers now" in done.stdout
    assert [job.name for job in site.jobs()] == ["Papers"]
    assert run("job", "set", *JOB, "--alias", "P").stdout.startswith("Papers: ")
    undone = run("job", "unjoin", *words)
    assert undone.stdout == "Documents is a job of its own again, with id 1\n"
    assert run("job", "unjoin", *words).stderr == "duplistat: no job was joined with 'Papers'\n"
