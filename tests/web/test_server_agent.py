"""The agent of a server on its page: how it is, and what is had done with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.core import outbound_words
from duplistat.core.i18n import Text, joined, stored
from duplistat.http.context import KEY
from duplistat.jobs.agents import AgentWorkers
from duplistat.services.agents.registry import NewService, add_service
from duplistat.services.agents.task_queue import enqueue_collects
from duplistat.services.audit import BY_COMMAND
from duplistat.services.people.identity import Role
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks, services
from duplistat.store.services import JOB, Service
from tests.support.duplicati_server import DuplicatiServer
from tests.support.signing import session, sign_in
from tests.web.settings.people import as_role
from tests.web.site import Site, said

MINUTE = 60_000


def now(site: Site) -> int:
    return round(site.now.timestamp() * 1000)


def add(site: Site, *, name: str = "nas-keller", **columns: Any) -> int:
    """A service that is configured, with these columns; its id."""
    values: NewService = {"kind": "VDS", "name": name, "host": "192.168.1.20", "port": 8200, "location": 527}
    by = BY_COMMAND.plain()
    service = site.writes.run(add_service, account=1, values=values, by=by, now=now(site))
    with site.db.transaction():
        services.change(site.db, service, {"configured_at": now(site)} | columns)
    return service


def agent(site: Site, address: str = "/servers/1") -> str:
    """What the section of the agent says; "" when there is none."""
    html = site.html(address)
    return (
        said("<h2>Duplicati connection" + html.partition("<h2>Duplicati connection")[2].partition("<h2>")[0])
        if "<h2>Duplicati connection" in html
        else ""
    )


def tasks(site: Site, service: int) -> dict[str, Any]:
    return {task.kind: json.loads(task.state) for task in agent_tasks.waiting(site.db, service)}


def test_a_server_without_a_service_has_no_agent(site: Site) -> None:
    site.report()
    add(site, name="another")
    assert agent(site) == ""
    site.send("/servers/1/collect", 404)


def test_a_server_of_duplicati_without_a_connection_leads_to_one_with_a_guess_of_its_address(
    site: Site,
) -> None:
    site.report()
    assert "Connect to Duplicati" not in site.html("/servers/1")
    site.db.execute("UPDATE delivery SET format = 'duplicati-json', address = '10.0.0.5'")
    link = "/settings/agents/add?server=1"
    assert f'href="{link}">Connect to Duplicati</a>' in site.html("/servers/1")
    html = site.html(link)
    assert "This address is a guess: the latest report of <bdi>nas-keller</bdi> came from there" in html
    assert 'value="http://10.0.0.5:8200"' in html
    assert 'value="nas-keller"' in html
    site.db.execute("UPDATE delivery SET address = '2001:db8::5'")
    assert 'value="http://[2001:db8::5]:8200"' in site.html(link)
    site.db.execute("UPDATE delivery SET endpoint = '/mail'")
    assert "guess" not in site.html(link)
    site.html("/settings/agents/add?server=99", 404)
    site.db.execute("UPDATE server SET facts = ?", ('{"agent_version":"2.2.0.3"}',))
    assert "Connect to Duplicati" in site.html("/servers/1")
    id = add(site)
    assert "Connect to Duplicati" not in site.html("/servers/1")
    with site.db.transaction():
        services.change(site.db, id, {"cancelled_at": 1})
    assert "Connect to Duplicati" in site.html("/servers/1")
    with as_role(site, "viewer", 1):
        assert "Connect to Duplicati" not in site.html("/servers/1")


def test_an_agent_that_answers_says_what_it_has(site: Site) -> None:
    site.report()
    facts = {"scheme": "https", "agent_version": "2.2.0.3", "operating_system_detailed": "Debian 12"}
    add(
        site,
        answered_at=now(site) - 5 * MINUTE,
        collected_at=now(site) - 20 * MINUTE,
        jobs=3,
        facts=json.dumps(facts),
        agent_secret="of the agent",
        data_secret="of the data",
    )
    html = site.html("/servers/1")
    text = agent(site)
    assert text.startswith("Duplicati connection OK Reachable, last contact 5 min ago")
    assert (
        "Address 192.168.1.20:8200 Summary 3 jobs, Duplicati 2.2.0.3, Debian 12 Last collected 20 min ago"
        in text
    )
    link = (
        '<a href="https://192.168.1.20:8200/" target="_blank" rel="noopener noreferrer">192.168.1.20:8200</a>'
    )
    assert link in html
    assert "of the agent" not in html
    assert "of the data" not in html


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "no result yet Not contacted yet."),
        ({"configured_at": None}, "no result yet Not configured yet, so not contacted."),
        (
            {"problem": "connection refused", "problem_at": -10_000},
            "failed Never reachable, last attempt 10 s ago : connection refused.",
        ),
        (
            {"problem": "no answer within 30 s", "problem_at": -MINUTE, "answered_at": -60 * MINUTE},
            "failed Unreachable, last contact 60 min ago , last attempt 60 s ago : no answer within 30 s.",
        ),
        (
            {"problem": "photos: the disk is gone", "problem_kind": JOB, "answered_at": -MINUTE},
            "failed Reachable. A job started here failed: photos: the disk is gone.",
        ),
        ({"cancelled_at": -5 * MINUTE}, "no result yet Removed 5 min ago : no longer contacted."),
        ({"suspended_at": 1}, "paused Suspended: not contacted."),
        ({"maintenance_until": MINUTE}, "paused In maintenance: no changes or manual starts."),
    ],
)
def test_how_it_is_stands_in_words(site: Site, columns: dict[str, Any], words: str) -> None:
    site.report()
    moments = ("answered_at", "problem_at", "cancelled_at", "maintenance_until")
    given = {
        name: now(site) + value if name in moments and value is not None else value
        for name, value in columns.items()
    }
    add(site, **given)
    assert agent(site).removeprefix("Duplicati connection ").startswith(words)


def test_why_it_is_unreachable_is_told_in_the_language_of_who_reads(site: Site) -> None:
    site.report()
    reason = Text(
        outbound_words.FINGERPRINT,
        problem=Text(outbound_words.UNTRUSTED, problem="self-signed"),
        fingerprint="AB",
    )
    add(site, problem=stored(joined([reason, outbound_words.REFUSED])))
    english = f"{reason}; {outbound_words.REFUSED}."
    assert english in agent(site)
    german = site.client.get("/servers/1", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert "Zertifikat" in german
    assert "Verbindung wurde abgelehnt" in german
    assert "self-signed" in german
    french = site.client.get("/servers/1", headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "\u202f; " in french


def test_what_cannot_be_called_has_no_buttons(site: Site) -> None:
    site.report()
    for column in ("cancelled_at", "suspended_at"):
        changed: dict[str, Any] = {column: 1}
        service = add(site, **changed)
        assert "Collect now" not in site.html("/servers/1")
        assert site.send("/servers/1/start", 403 if column == "suspended_at" else 400).status_code
        site.db.execute("DELETE FROM service WHERE id = ?", (service,))


def test_it_is_collected_from_on_demand(site: Site) -> None:
    site.report()
    service = add(site)
    site.send("/servers/1/collect")
    assert "Collecting… This page updates by itself." in site.html("/servers/1")
    assert "Collecting jobs and runs." in agent(site)
    assert tasks(site, service) == {"collect": {}}
    assert site.db.rows("SELECT action, subject FROM audit WHERE action LIKE '%collect'") == [
        ("service.collect", "V10001 nas-keller")
    ]


def test_one_job_or_all_are_started(site: Site) -> None:
    site.report()
    service = add(site)
    site.db.execute("UPDATE job SET ref = 'DB-1'")
    assert '<option value="photos">photos</option>' in site.html("/servers/1")
    site.send("/servers/1/start", 404, job="made up")
    site.db.execute("UPDATE job SET archived_at = 1")
    site.send("/servers/1/start", 404, job="photos")
    site.db.execute("UPDATE job SET archived_at = NULL")
    assert tasks(site, service) == {}
    site.send("/servers/1/start", job="photos")
    assert "photos is being started." in site.html("/servers/1")
    assert "About to start: photos." in agent(site)
    assert tasks(site, service) == {"run": {"start": ["photos"]}}
    site.send("/servers/1/start", job="")
    assert "About to start all jobs." in agent(site)
    assert tasks(site, service) == {"run": {}}


def test_those_who_may_not_see_no_buttons(site: Site) -> None:
    site.report()
    add(site)
    for role, sees in ((Role.VIEWER, False), (Role.OPERATOR, True)):
        client = site.app.test_client()
        sign_in(client, session(site.db, 1, now(site), role))
        page = client.get("/servers/1").text
        assert "<h2>Duplicati connection<" in page
        assert ("Collect now" in page) == sees
        assert ('href="/settings/agents/1"' in page) == sees
    assert '<a href="/servers/1"><bdi>' in site.html("/settings/agents/1")


@pytest.fixture
def duplicati() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        yield server


def work(site: Site) -> None:
    """Do what is due with agents, as the scheduler does."""
    config: Config = site.app.extensions[KEY].config
    workers = AgentWorkers(WorkerContext(config, site.db, site.writes, lambda: now(site)))
    while workers.poll():
        workers.join(20)


def test_a_job_is_started_and_followed_to_its_end(site: Site, duplicati: DuplicatiServer) -> None:
    duplicati.add_job("photos")
    duplicati.add_job("music")
    service = add(site, host="127.0.0.1", port=duplicati.port)
    site.send("/servers/1/collect", 404)
    site.writes.run(enqueue_collects, since=now(site), now=now(site))
    work(site)
    found = services.get(site.db, service)
    assert isinstance(found, Service)
    assert found.problem == ""
    site.send("/servers/1/start", job="music")
    work(site)
    assert [task.job.name for task in duplicati.tasks.values()] == ["music"]
    assert "music is running or queued." in agent(site)
    site.db.execute("UPDATE job SET live_state = 'ticking', live_progress = 0.42 WHERE name = 'music'")
    assert "music is running: 42% done." in agent(site)
    duplicati.finish(1)
    site.now = site.now.fromtimestamp(site.now.timestamp() + 60, site.now.tzinfo)
    work(site)
    text = agent(site)
    assert "music is running" not in text
    assert "Reachable" in text
    assert tuple(said(site.html("/servers/1")).partition("Uploaded ")[2].split()[1:3]) == ("Backup", "music")
    assert f"http://127.0.0.1:{duplicati.port}/" in site.html("/servers/1")
