"""GET /api/lastbackup and /api/lastbackups are remembered until anything that they say has changed."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from duplistat.app import create_app
from duplistat.services.access.api_keys import Scope, revoke_key
from duplistat.services.accounts.changes import move_account
from duplistat.services.jobs.deletion import delete_job
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.servers.deletion import delete_server
from duplistat.services.servers.merge import merge_servers
from duplistat.store.database import Database
from tests.support.bodies import duplicati, live
from tests.support.clock import ms
from tests.support.databases import statements_of
from tests.support.known import the_account
from tests.support.site import Site

# What SQLite and PostgreSQL tell of writes.
pytestmark = pytest.mark.usefixtures("both_databases")
PATHS = ("/api/lastbackup/nas", "/api/lastbackups/nas")
HOUR = 3_600_000


@pytest.fixture
def reader(site: Site) -> Iterator[Database]:
    """As a worker has it: it reads, and others write."""
    db = Database(site.db.url, read_only=True)
    yield db
    db.close_all()


@pytest.fixture
def client(site: Site, reader: Database) -> FlaskClient:
    return create_app(site.config, db=reader, writes=site.writes, now=site.now).test_client()


def recorded(site: Site) -> None:
    """Two jobs, one of which fails its verification; they are expected each day."""
    for job in ("Documents", "Photos"):
        site.record(duplicati("2026-01-28T02:00:00Z", job=job, next_run="20260129T020000Z"))
    site.record(duplicati("2026-01-28T03:00:00Z", job="Photos", operation="Test", result="Error"))


def told(client: FlaskClient, **headers: str) -> list[str]:
    return [client.get(path, headers=headers).text for path in PATHS]


def merged(site: Site) -> None:
    nas, other = site.servers()
    site.writes.run(merge_servers, into=nas.id, gone=other.id, sees=list(site.everyone), **site.signature())


WRITES: dict[str, Callable[[Site], object]] = {
    "a report": lambda site: site.record(duplicati("2026-01-28T04:00:00Z", result="Error")),
    "a report of a new job": lambda site: site.record(duplicati("2026-01-28T04:00:00Z", job="Music")),
    "a word of a run": lambda site: site.record(live("Started", "2026-01-28T11:59:00Z")),
    "an alias of the server": lambda site: site.set_server(1, alias="The NAS"),
    "an archived server": lambda site: site.set_server(1, archived=True),
    "an alias of a job": lambda site: site.set_job(site.job(), alias="All documents"),
    "a schedule": lambda site: site.set_job(site.job(), schedule="daily 05:00", schedule_zone="UTC"),
    "a pause": lambda site: site.set_job(site.job(), paused=True),
    "a maintenance window": lambda site: site.set_job(
        site.job(), maintenance_from=site.now() - HOUR, maintenance_until=site.now() + HOUR
    ),
    "a dismissed failure": lambda site: site.writes.run(
        dismiss_failure, job=site.job("Photos").id, proofs=["verification"], **site.signature()
    ),
    "a deleted job": lambda site: site.writes.run(delete_job, job=site.job("Photos").id, **site.signature()),
    "a deleted server": lambda site: site.writes.run(delete_server, server=1, **site.signature()),
    "a merge": merged,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_is_seen_in_the_next_answer(
    site: Site, client: FlaskClient, write: Callable[[Site], object]
) -> None:
    recorded(site)
    site.record(duplicati("2026-01-28T02:00:00Z", job="Mail", server="other", machine="other"))
    before = told(client)
    assert told(client) == before
    write(site)
    after = told(client)
    assert after[1] != before[1]
    # The server that writes itself remembers nothing.
    assert after == told(site.client())


def test_what_nobody_changed_is_not_asked_for_again(
    site: Site, client: FlaskClient, reader: Database
) -> None:
    recorded(site)
    before = told(client)
    with statements_of(reader) as ran:
        assert told(client) == before
    # Whether anyone has written.
    assert len(ran) == 2


def test_what_the_clock_alone_changes_is_told_though_nobody_wrote(site: Site, client: FlaskClient) -> None:
    recorded(site)
    window = {"maintenance_from": ms("2026-01-29T01:30:00Z"), "maintenance_until": ms("2026-01-29T01:50:00Z")}
    site.set_job(site.job(), grace_ms=HOUR, **window)  # type: ignore[arg-type]  # mixed
    site.now.set("2026-01-29T01:00:00Z")
    seen: list[str] = []
    for _ in range(24):
        site.now.forward(minutes=10)
        assert told(client) == told(site.client())
        health = client.get(PATHS[1]).get_json()["data"]["backups"][0]["health"]
        seen += [health] if health not in seen[-1:] else []
    assert seen == ["ok", "paused", "ok", "overdue"]


def test_each_key_is_told_of_its_own_accounts(site: Site, client: FlaskClient) -> None:
    recorded(site)
    acme = site.account("acme", parent="main")
    inner, outer = (site.key(Scope.READ, account=name, name=name) for name in ("acme", "main"))
    assert client.get(PATHS[1], headers={"X-Api-Key": outer}).status_code == 200
    assert client.get(PATHS[1], headers={"X-Api-Key": inner}).status_code == 400
    ingest = site.key(Scope.INGEST, account="acme", name="in")
    site.record(duplicati("2026-01-28T02:00:00Z", server="den", machine="d"), headers={"X-Api-Key": ingest})
    den = [client.get("/api/lastbackup/den", headers={"X-Api-Key": key}).text for key in (inner, outer)]
    assert den[0] == den[1]
    # An account that moves away takes its servers along.
    site.writes.run(move_account, account=acme, parent=None, **site.signature())
    found = [client.get("/api/lastbackup/den", headers={"X-Api-Key": key}) for key in (inner, outer)]
    assert [answer.status_code for answer in found] == [200, 400]


def test_a_key_that_was_revoked_is_told_nothing(site: Site, client: FlaskClient) -> None:
    recorded(site)
    key = {"X-Api-Key": site.key(Scope.READ)}
    assert client.get(PATHS[0], headers=key).status_code == 200
    main = the_account(site.db, "main")
    assert main is not None
    site.writes.run(revoke_key, account=main.id, name="k", **site.signature())
    assert client.get(PATHS[0], headers=key).status_code == 401


def test_what_is_asked_for_in_another_way_is_answered_in_that_way(site: Site, client: FlaskClient) -> None:
    recorded(site)
    for path in (*PATHS, "/api/lastbackup/1", "/api/lastbackup/nowhere", "/api/lastbackups/99"):
        for nulls in ("", "?nulls=text", "", "?nulls=text"):
            found, asked = client.get(path + nulls), site.get(path + nulls)
            assert (found.status_code, found.text) == (asked.status_code, asked.text)
