"""/api/ingest and /api/integration: keys, and the accounts that they decide."""

from base64 import b64encode
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from duplistat.store import keys
from tests.support.bodies import JSON, as_bytes
from tests.support.clock import ms
from tests.support.known import the_account
from tests.support.scripts import (
    BACKUP,
    COUNTS,
    NOTIFICATION,
    Script,
    backup,
    events_of,
    notification,
    script_of,
)
from tests.support.site import Site

BODIES = {BACKUP: backup(), NOTIFICATION: notification()}
PATHS = (BACKUP, NOTIFICATION, COUNTS)


def ask(site: Site, path: str, query: str = "", **headers: str) -> TestResponse:
    """Post what belongs to a path, or read it."""
    if path == COUNTS:
        return site.get(path + query, **headers)
    body = as_bytes(BODIES[path])
    return site.client().post(path + query, data=body, content_type=JSON, headers=headers)


def refusal(response: TestResponse, status: int, name: str) -> str:
    """The message of an answer that says no; no device is made."""
    assert response.status_code == status
    content: dict[str, str] = response.get_json()
    assert content == {"status": "error", "error": name, "message": content["message"]}
    return content["message"]


def is_untouched(site: Site) -> bool:
    return (site.servers(), site.deliveries(), events_of(site)) == ([], [], [])


WAYS: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "X-Api-Key": lambda key: ("", {"X-Api-Key": key}),
    "X-API-KEY": lambda key: ("", {"X-API-KEY": key}),
    "with blanks": lambda key: ("", {"X-Api-Key": f" {key} "}),
    "Bearer": lambda key: ("", {"Authorization": f"Bearer {key}"}),
    "password of Basic": lambda key: (
        "",
        {"Authorization": f"Basic {b64encode(f'anyone:{key}'.encode()).decode()}"},
    ),
    "in the address": lambda key: (f"?key={key}", {}),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_key_can_come_in_every_way(
    site: Site, path: str, way: Callable[[str], tuple[str, dict[str, str]]]
) -> None:
    query, headers = way(site.key(Scope.INGEST, Scope.READ))
    response = ask(site, path, query, **headers)
    assert response.status_code == (200 if path == COUNTS else 201), response.text
    assert len(site.servers()) == (0 if path == COUNTS else 1)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_key_nobody_may_even_where_none_is_asked_for(site: Site, path: str) -> None:
    message = refusal(ask(site, path), 401, "UnauthorizedError")
    assert message == "An API key is needed: X-Api-Key, Authorization or ?key="
    assert is_untouched(site)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["bm_your-api-key-here", "ds_", "x" * 10_000], ids=["other", "short", "long"])
def test_an_unknown_key_is_refused(site: Site, path: str, key: str) -> None:
    response = ask(site, path, **{"X-Api-Key": key})
    assert refusal(response, 401, "UnauthorizedError") == "This API key is not known"
    assert is_untouched(site)


@pytest.mark.parametrize("path", PATHS)
def test_a_revoked_key_is_refused(site: Site, path: str) -> None:
    key = site.key(Scope.ADMIN, name="old")
    with site.db.transaction():
        keys.revoke(site.db, site.everyone[0], "old", site.now())
    response = ask(site, path, **{"X-Api-Key": key})
    assert refusal(response, 401, "UnauthorizedError") == "This API key was revoked"
    assert is_untouched(site)


@pytest.mark.parametrize("path", PATHS)
def test_an_expired_key_is_refused(site: Site, path: str) -> None:
    key = site.key(Scope.ADMIN, expires_at=ms("2026-01-28T12:00:01Z"))
    assert ask(site, path, **{"X-Api-Key": key}).status_code in (200, 201)
    site.now.forward(seconds=1)
    response = ask(site, path, **{"X-Api-Key": key})
    assert refusal(response, 401, "UnauthorizedError") == "This API key has expired"
    assert len(site.deliveries()) == (0 if path == COUNTS else 1)


@pytest.mark.parametrize("path", [BACKUP, NOTIFICATION])
def test_a_key_that_may_only_read_posts_nothing(site: Site, path: str) -> None:
    response = ask(site, path, **{"X-Api-Key": site.key(Scope.READ)})
    assert refusal(response, 403, "ForbiddenError") == "This API key lacks the scope ingest"
    assert is_untouched(site)


def test_a_key_that_may_only_post_reads_no_counts(site: Site) -> None:
    response = ask(site, COUNTS, **{"X-Api-Key": site.key(Scope.INGEST)})
    assert refusal(response, 403, "ForbiddenError") == "This API key lacks the scope read"


def test_a_key_in_the_address_is_not_kept_with_the_delivery(site: Site) -> None:
    key = site.key(Scope.INGEST)
    ask(site, BACKUP, f"?a=b&key={key}")
    assert [d.query for d in site.deliveries()] == ["a=b"]


def test_the_key_decides_the_account(site: Site) -> None:
    customer = site.account("customer")
    theirs = script_of(site, account="customer")
    ids = theirs.backup()
    theirs.notify()
    assert {server.account_id for server in site.servers()} == {customer}
    assert {job.account_id for job in site.jobs()} == {customer}
    assert {event.account_id for event in events_of(site)} == {customer}
    assert site.run(ids["backupId"]).job_id == ids["jobId"]


def test_the_same_names_in_two_accounts_are_two_devices(site: Site) -> None:
    site.account("customer")
    ours, theirs = script_of(site), script_of(site, account="customer")
    first, second = ours.backup(), theirs.backup(status="Error")
    assert all(first[name] != second[name] for name in ("backupId", "serverId", "jobId"))
    assert ours.notify() != theirs.notify()
    assert len(site.servers()) == 2
    assert (ours.counts(), theirs.counts()) == ((1, 0, 0, 0), (0, 1, 0, 0))


def test_a_repeat_in_one_account_tells_nothing_of_the_other(site: Site) -> None:
    site.account("customer")
    ours, theirs = script_of(site), script_of(site, account="customer")
    first, second = ours.backup(), theirs.backup()
    assert (ours.backup(), theirs.backup()) == (first, second)
    found = [(d.account_id, d.outcome) for d in site.deliveries()]
    main, customer = site.everyone
    assert found == [
        (main, "recorded"),
        (customer, "recorded"),
        (main, "repeat"),
        (customer, "repeat"),
    ]


def test_a_key_sees_its_account_and_what_is_below_it_and_nothing_beside(site: Site) -> None:
    site.account("partner")
    site.account("customer", "partner")
    site.account("other")
    names = ("main", "partner", "customer", "other")
    scripts = {name: script_of(site, account=name) for name in names}
    for name, script in scripts.items():
        script.backup(jobName=f"of {name}")
    found = {name: script.counts()[0] for name, script in scripts.items()}
    assert found == {"main": 1, "partner": 2, "customer": 1, "other": 1}


def test_a_post_of_the_account_above_goes_to_that_account(site: Site) -> None:
    site.account("partner")
    site.account("customer", "partner")
    below, above = script_of(site, account="customer"), script_of(site, account="partner")
    assert below.backup()["serverId"] != above.backup()["serverId"]
    owner = the_account(site.db, "customer")
    assert owner is not None
    assert site.servers()[0].account_id == owner.id


def test_an_unread_post_is_kept_in_the_account_of_its_key(site: Site, script: Script) -> None:
    customer = site.account("customer")
    script_of(site, account="customer").send(BACKUP, "{")
    assert [(d.account_id, d.outcome) for d in site.deliveries()] == [(customer, "unrecognised")]


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_told_so(site: Site, script: Script, path: str) -> None:
    call = site.client().delete
    response = call(path, headers={"X-Api-Key": script.key})
    assert (response.status_code, response.get_json()["error"]) == (405, "MethodNotAllowedError")
