"""`duplistat ping`."""

import re

from tests.cli.conftest import Run
from tests.support.site import Site

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_a_ping_url_is_made_with_its_job_and_stays_the_same(site: Site, run: Run) -> None:
    first = run("ping", "create", "--server", "web", "--job", "DB backup")
    assert first.exit_code == 0, first.output
    ping, push = first.stdout.splitlines()
    assert re.fullmatch(rf"ping: http://\S+/ping/{UUID}", ping)
    assert re.fullmatch(r"push: http://\S+/api/push/[A-Za-z0-9]{32}", push)
    assert run("ping", "create", "--server", "web", "--job", "DB backup").stdout == first.stdout
    assert [job.name for job in site.jobs()] == ["DB backup"]


def test_a_ping_key_stands_alone_on_the_last_line(run: Run) -> None:
    key = run("ping", "key").stdout.splitlines()[-1]
    assert re.fullmatch(r"[a-z0-9]{22}", key)
    assert run("ping", "key").stdout.splitlines()[-1] == key
    assert run("ping", "key", "--name", "other").stdout.splitlines()[-1] != key


def test_ping_urls_and_keys_are_listed_and_told_only_when_asked_for(run: Run) -> None:
    made = run("ping", "create", "--server", "web", "--job", "DB backup").stdout.split()[1]
    key = run("ping", "key").stdout.splitlines()[-1]
    listed = run("ping", "list").stdout
    assert re.search(r"^main +web +DB backup +db-backup ", listed, re.MULTILINE)
    assert not any(secret in listed for secret in (made, key))
    told = run("ping", "list", "--urls").stdout
    assert all(secret in told for secret in (made, key))


def test_ping_urls_and_keys_are_replaced_and_refused(run: Run) -> None:
    job = ("--server", "web", "--job", "db")
    first = run("ping", "create", *job).stdout
    second = run("ping", "rotate", *job).stdout
    assert {line.split()[0] for line in second.splitlines()} == {"ping:", "push:"}
    assert first != second == run("ping", "create", *job).stdout
    assert run("ping", "revoke", *job).stdout == "db: ping URL revoked\n"
    again = run("ping", "revoke", *job)
    assert (again.exit_code, again.stderr) == (1, "duplistat: this job has no ping URL\n")
    key = run("ping", "key").stdout.splitlines()[-1]
    assert run("ping", "rotate", "--key", "default").stdout.strip() != key
    assert run("ping", "revoke", "--key", "default").stdout == "ping key default revoked\n"
    assert run("ping", "revoke").exit_code == 2
