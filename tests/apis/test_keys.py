"""Who may call /api: keys, in every way that clients can send one, and what they open."""

from base64 import b64encode
from collections.abc import Callable

import pytest

from duplistat.services.access import api_keys as services
from duplistat.services.access.api_keys import Scope
from duplistat.store import accounts, keys
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
READS = ("/api/summary", "/api/lastbackup/1", "/api/lastbackups/1", "/api/health")


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def key_row(site: Site) -> keys.Key:
    (row,) = keys.of_account(site.db)
    return row


@pytest.fixture
def closed(make_site: Callable[..., Site]) -> Site:
    """A server that asks everyone for a key."""
    return make_site(api={"require_key": True})


WAYS: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "X-Api-Key": lambda key: ("", {"X-Api-Key": key}),
    "Bearer": lambda key: ("", {"Authorization": f"Bearer {key}"}),
    "bearer in lower case": lambda key: ("", {"Authorization": f"bearer {key}"}),
    "password of Basic": lambda key: ("", basic("anyone", key)),
    "in the address": lambda key: (f"?key={key}", {}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_key_can_come_in_every_way(closed: Site, way: Callable[[str], tuple[str, dict[str, str]]]) -> None:
    query, headers = way(closed.key(Scope.INGEST, Scope.READ))
    assert closed.post(duplicati(START), query=query, headers=headers).status_code == 200
    for path in READS:
        assert closed.get(path + query, **headers).get_json()["status"] in ("success", "unhealthy")


@pytest.mark.parametrize("path", READS)
def test_without_a_key_a_closed_server_answers_nothing(closed: Site, path: str) -> None:
    response = closed.get(path)
    assert response.status_code == 401
    assert response.get_json() == {
        "status": "error",
        "error": "UnauthorizedError",
        "message": "An API key is needed: X-Api-Key, Authorization or ?key=",
    }
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


def test_without_a_key_a_closed_server_takes_nothing_in(closed: Site) -> None:
    assert closed.post(duplicati(START)).status_code == 401
    assert closed.deliveries() == []


def test_a_closed_server_still_says_that_it_is_there(closed: Site) -> None:
    assert closed.read("/api/ping") == {"ok": True}


def test_metrics_of_a_closed_server_need_a_key(closed: Site) -> None:
    assert closed.get("/metrics").status_code == 401
    assert closed.get("/metrics", **{"X-Api-Key": closed.key(Scope.READ)}).status_code == 200


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_wrong_key_is_refused_even_while_open(
    site: Site, way: Callable[[str], tuple[str, dict[str, str]]]
) -> None:
    query, headers = way("ds_wrong")
    assert site.post(duplicati(START), query=query, headers=headers).status_code == 401
    assert site.get("/api/summary" + query, **headers).status_code == 401
    assert site.deliveries() == []


@pytest.mark.parametrize("key", ["\x00", "ü", "ds_" + "x" * 10_000, "' OR 1=1 --"])
def test_a_strange_key_is_a_wrong_key(site: Site, key: str) -> None:
    from urllib.parse import quote

    assert site.get(f"/api/summary?key={quote(key)}").status_code == 401


def test_an_empty_key_is_no_key(site: Site) -> None:
    assert site.get("/api/summary?key=", **{"X-Api-Key": ""}).status_code == 200


def test_a_key_that_may_only_read_brings_nothing_in(site: Site) -> None:
    response = site.post(duplicati(START), headers={"X-Api-Key": site.key(Scope.READ)})
    assert response.status_code == 403
    assert response.get_json() == {
        "status": "error",
        "error": "ForbiddenError",
        "message": "This API key lacks the scope ingest",
    }


def test_a_key_that_may_only_bring_in_reads_nothing(site: Site) -> None:
    assert site.get("/api/summary", **{"X-Api-Key": site.key(Scope.INGEST)}).status_code == 403


def test_a_key_of_an_administrator_may_do_both(closed: Site) -> None:
    headers = {"X-Api-Key": closed.key(Scope.ADMIN)}
    assert closed.post(duplicati(START), headers=headers).status_code == 200
    assert closed.get("/api/summary", **headers).status_code == 200


def test_a_key_is_refused_from_the_moment_that_it_expires(site: Site) -> None:
    key = site.key(Scope.READ, expires_at=ms("2026-01-28T12:00:01Z"))
    assert site.get(f"/api/summary?key={key}").status_code == 200
    site.now.forward(seconds=1)
    response = site.get(f"/api/summary?key={key}")
    assert (response.status_code, response.get_json()["message"]) == (401, "This API key has expired")


def test_a_revoked_key_is_refused(site: Site) -> None:
    key = site.key(Scope.READ)
    with site.db.transaction():
        keys.revoke(site.db, key_row(site).account_id, "k", site.now())
    response = site.get(f"/api/summary?key={key}")
    assert (response.status_code, response.get_json()["message"]) == (401, "This API key was revoked")


def test_only_a_hash_of_a_key_is_stored(site: Site) -> None:
    key = site.key(Scope.READ)
    row = key_row(site)
    assert row.hash == services.digest(key)
    assert key not in repr(row)
    assert len(row.hint) < 10


def test_a_key_in_the_address_is_not_stored_with_the_delivery(site: Site) -> None:
    key = site.key(Scope.INGEST)
    site.record(duplicati(START), query=f"?server=a&key={key}&backup=b")
    (kept,) = site.deliveries()
    assert kept.query == "server=a&backup=b"


@pytest.mark.parametrize("name", ["key", "k%65y", "%6bey"])
def test_a_key_is_not_stored_however_its_name_is_written(site: Site, name: str) -> None:
    key = site.key(Scope.INGEST)
    site.record(duplicati(START), query=f"?{name}={key}")
    assert key not in repr(site.deliveries())


def test_when_and_from_where_a_key_was_used_is_noted(site: Site) -> None:
    key = site.key(Scope.INGEST)
    site.record(duplicati(START), query=f"?key={key}", address="192.0.2.7")
    assert (key_row(site).last_used_at, key_row(site).last_used_from) == (site.now(), "192.0.2.7")


def test_a_key_in_constant_use_is_noted_once_a_minute(site: Site) -> None:
    key = site.key(Scope.READ)
    began = site.now()
    for seconds in (0, 59, 1):
        site.now.forward(seconds=seconds)
        site.get(f"/api/summary?key={key}")
    assert key_row(site).last_used_at == began + 60_000


def test_a_key_of_another_account_sees_only_its_own(site: Site) -> None:
    site.account("customer")
    key = site.key(Scope.INGEST, Scope.READ, account="customer")
    site.record(duplicati(START))
    site.record(duplicati(START, job="Theirs"), query=f"?key={key}")
    summary = site.read(f"/api/summary?key={key}")
    assert (summary["totalServers"], summary["totalBackups"], summary["totalBackupsRuns"]) == (1, 1, 1)
    assert site.read(f"/api/lastbackups/nas?key={key}")["backup_names"] == ["Theirs"]


def test_a_server_of_another_account_is_not_there(site: Site) -> None:
    site.account("customer")
    key = site.key(Scope.READ, account="customer")
    server = site.record(duplicati(START))["data"]["serverId"]
    assert site.get(f"/api/lastbackup/{server}?key={key}").status_code == 404
    assert site.get(f"/api/lastbackup/nas?key={key}").status_code == 400


def test_one_machine_in_two_accounts_is_two_servers(site: Site) -> None:
    site.account("customer")
    key = site.key(Scope.INGEST, account="customer")
    first = site.record(duplicati(START))["data"]
    second = site.record(duplicati(START), query=f"?key={key}")["data"]
    assert first["serverId"] != second["serverId"]
    assert [s.may_be_id for s in site.servers()] == [None, None]


def test_who_sees_an_account_sees_what_is_below_it(site: Site) -> None:
    site.account("partner")
    site.account("customer", "partner")
    site.account("sub-user", "customer")
    key = site.key(Scope.INGEST, account="sub-user")
    site.record(duplicati(START), query=f"?key={key}")
    above = site.key(Scope.READ, account="partner")
    assert site.read(f"/api/summary?key={above}")["totalServers"] == 1
    assert site.summary()["totalServers"] == 0


def test_an_account_is_not_taken_for_one_whose_number_begins_alike(site: Site) -> None:
    ids = [site.account(f"a{n}") for n in range(12)]
    assert accounts.visible(site.db, ids[0]) == (ids[0],)
    assert accounts.visible(site.db, 1) == (1,)


def test_metrics_are_those_of_the_keys_account(site: Site) -> None:
    site.account("customer")
    site.record(duplicati(START))
    key = site.key(Scope.READ, account="customer")
    assert "Documents" not in site.get(f"/metrics?key={key}").text
    assert "Documents" in site.get("/metrics").text
