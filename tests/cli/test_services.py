"""`duplistat service`."""

import json
from collections.abc import Iterator

import pytest

from duplistat.now import wall_clock
from duplistat.services.accounts import tree
from tests.cli.conftest import Run
from tests.support.agents import Customer, do_tasks
from tests.support.bodies import duplicati
from tests.support.duplicati_server import DuplicatiServer
from tests.support.known import id_of
from tests.support.site import Site


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        yield server


def listed(run: Run, *more: str) -> list[str]:
    """The lines below the head, with single blanks."""
    result = run("service", "list", *more)
    assert result.exit_code == 0, result.stderr
    return [" ".join(line.split()) for line in result.stdout.splitlines()[1:]]


def state(run: Run) -> str:
    """What the one service that is listed is, between its address and the times."""
    (line,) = listed(run)
    return line.partition(" 127.0.0.1:")[2].partition(" ")[2]


@pytest.mark.usefixtures("both_databases")
def test_services_are_listed_with_what_their_agents_said(
    site: Site, run: Run, acme: Customer, agent: DuplicatiServer
) -> None:
    agent.add_job("Documents")
    acme.add_agent(agent, "fine")
    with DuplicatiServer() as gone:
        port = gone.port
        acme.add_agent(gone, "gone", type="SERVER")
    acme.add("new", agent="2001:db8::1", agent_port="8200")
    before = listed(run)
    do_tasks(site)
    assert before[0] == f"V10001 fine acme 127.0.0.1:{agent.port} not asked yet - - - -"
    fine, lost, new = listed(run)
    assert fine.startswith(f"V10001 fine acme 127.0.0.1:{agent.port} answers 20")
    assert (fine.endswith(" - -"), fine.count(":")) == (True, 5)
    assert lost.startswith(f"S10002 gone acme 127.0.0.1:{port} not reached - - 20")
    assert lost.endswith("the connection was refused: nothing listens on this port")
    assert new == "V10003 new acme [2001:db8::1]:8200 not configured - - - -"


def test_the_services_of_an_account_are_those_below_it_too(site: Site, run: Run, acme: Customer) -> None:
    acme.add("one")
    Customer(site, "other").add("two")
    site.account("lonely")
    assert [line.split()[1] for line in listed(run, "--account", "main")] == ["one", "two"]
    assert [line.split()[1] for line in listed(run, "--account", "other")] == ["two"]
    assert listed(run, "--account", "lonely") == []
    unknown = run("service", "list", "--account", "x")
    assert (unknown.exit_code, unknown.stderr) == (1, "duplistat: there is no account named 'x'\n")


def test_a_job_that_runs_and_one_that_failed(
    site: Site, run: Run, acme: Customer, agent: DuplicatiServer
) -> None:
    agent.add_job("Documents")
    made = acme.add_agent(agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    assert state(run).startswith("running 20")
    agent.finish(1, error="the disk\nis \x1b[31mgone")
    site.now.forward(seconds=5)
    do_tasks(site)
    assert state(run).startswith("job failed 20")
    assert "the disk␊is ␛[31mgone" in state(run)


def test_a_service_is_suspended_and_reactivated(site: Site, run: Run, acme: Customer) -> None:
    made = acme.add()
    for _ in range(2):
        assert run("service", "suspend", "v10001").stdout == "V10001 nas is suspended\n"
        assert state(run).startswith("suspended 20")
        assert acme.agent()["restricted"] == "1"
    suspended_at = acme.service(made).suspended_at
    tree.suspend(site.db, id_of(site.db, "acme"), site.now())
    assert ", account suspended " in state(run)
    assert acme.service(made).suspended_at == suspended_at
    assert (
        run("service", "reactivate", "V10001").stdout
        == "V10001 nas is active again, but its account is suspended\n"
    )
    assert state(run).startswith("account suspended")
    tree.reactivate(site.db, id_of(site.db, "acme"))
    assert run("service", "reactivate", "V10001").stdout == "V10001 nas is active again\n"
    assert state(run).startswith("not configured")
    assert acme.agent()["restricted"] == "0"


def test_former_names_of_commands_work_and_are_not_listed(run: Run, acme: Customer) -> None:
    acme.add()
    assert run("service", "freeze", "V10001").stdout == "V10001 nas is suspended\n"
    assert run("service", "thaw", "V10001").stdout == "V10001 nas is active again\n"
    assert run("account", "freeze", "--name", "acme").stdout == "1 account suspended\n"
    assert run("account", "thaw", "--name", "acme").stdout == "1 account reactivated\n"
    for group in ("account", "service"):
        told = run(group, "--help").stdout
        assert "suspend" in told
        assert "freeze" not in told


def test_maintenance_begins_and_ends(run: Run, acme: Customer) -> None:
    made = acme.add()
    result = run("service", "maintenance", "V10001", "--hours", "2")
    assert result.stdout.startswith("V10001 nas is in maintenance until 20")
    assert state(run).startswith("maintenance until 20")
    assert acme.service(made).maintenance_until is not None
    assert run("service", "maintenance", "V10001", "--end").stdout == "V10001 nas is out of maintenance\n"
    assert acme.service(made).maintenance_until is None
    assert state(run).startswith("not configured")


def test_what_a_command_did_to_a_service_is_noted(site: Site, run: Run, acme: Customer) -> None:
    acme.add()
    for words in (
        ("suspend",),
        ("suspend",),
        ("reactivate",),
        ("reactivate",),
        ("maintenance", "--hours", "2"),
    ):
        assert run("service", words[0], "V10001", *words[1:]).exit_code == 0
    for _ in range(2):
        assert run("service", "maintenance", "V10001", "--end").exit_code == 0
    noted = site.db.rows(
        "SELECT action, who, subject, before, after FROM audit WHERE who = 'command line' ORDER BY id"
    )
    noted = [row for row in noted if row[0].startswith("service.")]
    assert [(action, subject) for action, _, subject, *_ in noted] == [
        ("service.suspend", "V10001 nas"),
        ("service.reactivate", "V10001 nas"),
        ("service.maintain", "V10001 nas"),
        ("service.maintain", "V10001 nas"),
    ]
    (_, began), (ended, _) = [(json.loads(row[3]), json.loads(row[4])) for row in noted[2:]]
    assert began == ended
    assert began["until"].startswith("20")


@pytest.mark.parametrize(
    "more", [(), ("--hours", "2", "--end"), ("--hours", "0"), ("--hours", "8785"), ("--hours", "soon")]
)
def test_how_long_maintenance_is_has_to_be_said(run: Run, acme: Customer, more: tuple[str, ...]) -> None:
    made = acme.add()
    assert run("service", "maintenance", "V10001", *more).exit_code == 2
    assert acme.service(made).maintenance_until is None


@pytest.mark.parametrize("command", [("suspend",), ("reactivate",), ("maintenance", "--end")])
def test_what_cannot_be_held_is_said(run: Run, acme: Customer, command: tuple[str, ...]) -> None:
    made = acme.add()
    acme.ok("editService", sc_id=made["id"], service_action="terminate")
    for number, line in (
        ("V10001", "this connection has been removed"),
        ("S10001", "there is no connection S10001"),
        ("V10002", "there is no connection V10002"),
        ("nas", "there is no connection nas: `duplistat service list` shows the numbers"),
    ):
        result = run("service", command[0], number, *command[1:])
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"duplistat: {line}\n")
    assert state(run).startswith("removed 20")


def posted(site: Site, url: str) -> int:
    """What a report gets that is posted to a URL."""
    query = url[url.index("?") :]
    return site.post(duplicati("2026-01-28T02:00:00Z"), query=query).status_code


def test_a_report_url_is_printed_and_takes_reports(site: Site, run: Run, acme: Customer) -> None:
    acme.add("nas")
    url = run("service", "report-url", "v10001").stdout.strip()
    assert url.startswith("http://127.0.0.1:9666/api/upload?service=V10001&secret=dr_")
    assert run("service", "report-url", "V10001").stdout.strip() == url
    assert posted(site, url) == 200
    assert [server.account_id for server in site.servers()] == [acme.account]


def test_a_report_url_is_replaced_by_a_command(site: Site, run: Run, acme: Customer) -> None:
    acme.add("nas")
    site.now.at = wall_clock() + 60_000
    old = run("service", "report-url", "V10001").stdout.strip()
    new = run("service", "rotate-report-url", "V10001").stdout.strip()
    assert (posted(site, old), posted(site, new)) == (401, 200)
    run("service", "suspend", "V10001")
    newest = run("service", "rotate-report-url", "V10001", "--keep-hours", "1").stdout.strip()
    assert newest not in (old, new)
    assert (posted(site, new), posted(site, newest)) == (200, 200)


def test_the_report_urls_of_an_account_are_listed(run: Run, acme: Customer) -> None:
    for name in ("one", "two"):
        acme.add(name)
    one, two = listed(run, "--report-urls", "--account", "acme")
    assert one.startswith("V10001 one acme http://127.0.0.1:9666/api/upload?service=V10001&secret=dr_")
    assert two.split()[-1] == run("service", "report-url", "V10002").stdout.strip()


def test_a_service_that_is_not_there_has_no_report_url(run: Run, acme: Customer) -> None:
    for command in ("report-url", "rotate-report-url"):
        result = run("service", command, "V10009")
        assert (result.exit_code, result.stderr) == (1, "duplistat: there is no connection V10009\n")
