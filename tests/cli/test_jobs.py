"""`duplistat job` and `duplistat server`."""

import pytest

from tests.cli.conftest import Run
from tests.support.bodies import duplicati
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


@pytest.mark.parametrize("server", ["nas", "4f1d2c3b", "1", "The Attic"])
def test_a_server_is_named_in_every_way(site: Site, run: Run, server: str) -> None:
    site.writes.call("set_server", {"server": 1, "alias": "The Attic"})
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
