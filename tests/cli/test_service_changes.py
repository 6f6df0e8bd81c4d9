"""`duplistat service add`, `test`, `collect`, `start` and `remove`."""

from collections.abc import Iterator

import pytest
from click.testing import Result

from duplistat.now import wall_clock
from duplistat.services.configuration import secrets
from duplistat.store import agent_tasks, scheduler_lease, services
from duplistat.store.services import Service
from tests.cli.conftest import Run
from tests.support.agents import do_tasks
from tests.support.certificates import self_signed
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site

PASSWORD = "correct horse"


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer(password=PASSWORD) as server:
        server.add_job("Documents")
        server.add_job("Photos")
        yield server


def add(run: Run, agent: DuplicatiServer, name: str = "nas", *more: str, password: str = PASSWORD) -> str:
    """The number of a new connection."""
    url = f"http://127.0.0.1:{agent.port}/ngclient/"
    result = run(
        "service", "add", "--name", name, "--url", url, "--password-stdin", *more, stdin=f"{password}\n"
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()[-1]


def service(site: Site, number: str) -> Service:
    found = services.numbered(site.db, number)
    assert found is not None
    return found


def said(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("both_databases")
def test_a_connection_is_added_and_tested_by_the_server(site: Site, run: Run, agent: DuplicatiServer) -> None:
    number = add(run, agent)
    made = service(site, number)
    assert (number, made.name, made.host, made.port) == (
        f"S{10000 + made.id}",
        "nas",
        "127.0.0.1",
        agent.port,
    )
    assert secrets.decrypt(site.config, made.agent_secret) == PASSWORD
    site.now.at = wall_clock() + 1000
    do_tasks(site)
    after = service(site, number)
    assert (after.answered_at is not None, after.jobs, after.problem) == (True, 2, "")


def test_its_account_can_be_named(site: Site, run: Run, agent: DuplicatiServer) -> None:
    acme = site.account("acme", parent="main")
    assert service(site, add(run, agent, "nas", "--account", "acme")).account_id == acme


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--url", "ftp://10.0.0.5"), "--url must be such as"),
        (("--url", "https://10.0.0.5/duplicati/"), "--url must be such as"),
        (("--url", "https://u:p@10.0.0.5"), "--url must be such as"),
        (("--url", "nas:8200", "--fingerprint", "12"), "--fingerprint must be the SHA-256"),
        (("--url", "nas:8200", "--name", " "), "--name must have 1 to"),
    ],
)
def test_what_is_wrong_is_said(site: Site, run: Run, options: tuple[str, ...], message: str) -> None:
    result = run("service", "add", "--name", "nas", *options)
    assert (result.exit_code, message in result.stderr) == (2, True)
    assert services.numbered(site.db, "S10001") is None


def test_a_test_says_what_answers(site: Site, run: Run, agent: DuplicatiServer) -> None:
    number = add(run, agent)
    code, told, _ = said(run("service", "test", number))
    assert (code, told.startswith(f"{number} nas: Duplicati 2.2.0.3")) == (0, True)
    assert told.endswith("; Documents, Photos; not encrypted (HTTP)\n")
    assert service(site, number).jobs == 2


def test_a_test_that_fails_says_why_and_ends_with_1(site: Site, run: Run, agent: DuplicatiServer) -> None:
    wrong = add(run, agent, "wrong", password="another")
    right = add(run, agent, "right")
    code, told, problem = said(run("service", "test", wrong, right))
    assert (code, told.startswith(f"{right} right: "), problem.startswith(f"{wrong} wrong: ")) == (
        1,
        True,
        True,
    )
    assert service(site, wrong).problem != ""


def test_all_are_asked_or_those_that_are_named(run: Run, agent: DuplicatiServer) -> None:
    assert run("service", "collect", "--all").stdout == "no Duplicati connection is configured\n"
    one, other = add(run, agent, "one"), add(run, agent, "other")
    assert run("service", "collect", "--all").stdout.count("2 jobs, 0 new runs\n") == 2
    assert run("service", "collect", other).stdout == f"{other} other: 2 jobs, 0 new runs\n"
    for wrong in ((), (one, "--all")):
        assert run("service", "test", *wrong).exit_code == 2


def test_jobs_are_started_by_the_server(site: Site, run: Run, agent: DuplicatiServer) -> None:
    number = add(run, agent)
    run("service", "collect", number)
    agent_tasks.drop_all(site.db, service(site, number).id)
    nobody = "No server is running with this data: it is done when one is (duplistat serve)\n"
    assert said(run("service", "start", number, "--job", "Photos")) == (
        0,
        f"{number} nas: the server asks it to start Photos; `duplistat service list` shows what came of it\n",
        nobody,
    )
    site.now.at = wall_clock() + 1000
    do_tasks(site)
    assert [task.job.name for task in agent.tasks.values()] == ["Photos"]
    unknown = run("service", "start", number, "--job", "Music")
    assert said(unknown) == (
        1,
        "",
        f"{number} nas: no job is named 'Music'; its jobs: Documents, Photos\n",
    )
    with site.db.transaction():
        scheduler_lease.take_lease(
            site.db, scheduler_lease.LEASE, "a server", wall_clock(), wall_clock() + 60_000
        )
    other = add(run, agent, "other")
    code, told, problem = said(run("service", "start", other, number, "--job", "Photos"))
    assert (code, f"{number} nas: the server asks it" in told, nobody in problem) == (1, True, False)
    assert problem == f"{other} other: no job is named 'Photos'; its jobs: none collected yet\n"


def test_one_that_is_removed_is_called_no_more(site: Site, run: Run, agent: DuplicatiServer) -> None:
    number = add(run, agent)
    assert run("service", "remove", number).stdout == f"{number} nas is removed\n"
    assert services.working(site.db) == []
    for command in ("test", "start"):
        assert said(run("service", command, number)) == (
            1,
            "",
            f"duplistat: {number} nas: this connection has been removed\n",
        )
    assert said(run("service", "remove", number)) == (1, "", "duplistat: this connection has been removed\n")


def test_what_is_wrong_with_a_connection_is_set_right(
    site: Site, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificate = self_signed(tmp_path_factory.mktemp("certificates"))
    with DuplicatiServer(password=PASSWORD, certificate=certificate) as server:
        server.add_job("Documents")
        url = f"https://127.0.0.1:{server.port}"
        number = run("service", "add", "--name", "nas", "--url", url).stdout.splitlines()[-1]
        problem = run("service", "test", number).stderr
        hint = f"To trust that certificate: duplistat service set {number} --fingerprint "
        fingerprint = problem.partition(hint)[2].strip()
        assert fingerprint.replace(":", "").lower() == certificate.fingerprint
        assert run("service", "set", number, "--fingerprint", fingerprint).stdout == f"{number} nas is set\n"
        assert "it asks for a password" in run("service", "test", number).stderr
        named = run("service", "set", number, "--name", "attic", "--password-stdin", stdin=f"{PASSWORD}\n")
        assert named.stdout == f"{number} attic is set\n"
        assert run("service", "test", number).stdout.endswith("; Documents\n")
    moved = run("service", "set", number, "--url", "https://127.0.0.1:1")
    assert (moved.exit_code, "Its password was removed" in moved.stderr) == (0, True)
    found = service(site, number)
    assert (found.port, found.agent_secret) == (1, "")
    for options, message in (
        ((), "say what to change"),
        (("--password-stdin", "--no-password"), "not both"),
        (("--url", "ftp://nas"), "--url must be such as"),
        (("--name", " "), "--name must have 1 to"),
        (("--fingerprint", "12"), "--fingerprint must be the SHA-256"),
    ):
        result = run("service", "set", number, *options)
        assert (result.exit_code, message in result.stderr) == (2, True)
    empty = run("service", "set", number, "--password-stdin", stdin="")
    assert (empty.exit_code, "standard input has no password" in empty.stderr) == (1, True)
