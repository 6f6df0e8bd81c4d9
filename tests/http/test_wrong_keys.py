"""Who tries keys that are not valid is soon refused, without harm to others behind the same router."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access import api_keys as services
from duplistat.services.access.api_keys import Scope
from duplistat.store import keys
from duplistat.store.database import Database
from tests.support.databases import statements_of
from tests.support.site import Site

HERE, THERE = "192.0.2.1", "198.51.100.9"


@pytest.fixture
def strict(make_site: Callable[..., Site]) -> Site:
    """An address may try three wrong keys a minute."""
    return make_site(limits={"wrong_keys_per_minute": 3})


def ask(site: Site, key: str, address: str = HERE, **headers: str) -> TestResponse:
    return site.client().get(
        "/api/summary", headers={"X-Api-Key": key} | headers, environ_base={"REMOTE_ADDR": address}
    )


def statuses(site: Site, count: int, address: str = HERE, **headers: str) -> list[int]:
    """What an address is answered that tries so many wrong keys."""
    return [ask(site, f"ds_{number}", address, **headers).status_code for number in range(count)]


def test_after_some_wrong_keys_an_address_is_told_to_wait(strict: Site) -> None:
    assert statuses(strict, 4) == [401, 401, 401, 429]
    response = ask(strict, "ds_x")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "20")
    assert response.get_json() == {
        "status": "error",
        "error": "TooManyRequestsError",
        "message": "Too many requests: 3 a minute are allowed, and 3 at once; try again in 20 s",
    }


def test_without_a_word_thirty_may_be_tried(site: Site) -> None:
    assert statuses(site, 31) == [401] * 30 + [429]
    assert ask(site, "ds_x").headers["Retry-After"] == "2"


def test_whoever_waited_may_try_once_more(strict: Site) -> None:
    statuses(strict, 4)
    strict.now.forward(seconds=20)
    assert statuses(strict, 2) == [401, 429]


def test_another_address_may_still_try(strict: Site) -> None:
    statuses(strict, 4)
    assert statuses(strict, 4, THERE) == [401, 401, 401, 429]


def test_a_right_key_that_was_never_used_from_there_tells_nothing(strict: Site) -> None:
    key = strict.key(Scope.READ)
    statuses(strict, 3)
    wrong, right = ask(strict, "ds_x"), ask(strict, key)
    assert (right.status_code, right.data) == (wrong.status_code, wrong.data) == (429, wrong.data)
    assert right.headers["Retry-After"] == wrong.headers["Retry-After"]
    assert ask(strict, key, THERE).status_code == 200


def test_a_right_key_that_was_used_from_there_is_let_in(strict: Site) -> None:
    key = strict.key(Scope.READ)
    assert ask(strict, key).status_code == 200
    assert statuses(strict, 4) == [401, 401, 401, 429]
    assert ask(strict, key).get_json()["status"] == "success"
    strict.now.forward(days=30)
    statuses(strict, 4)
    assert ask(strict, key).get_json()["status"] == "success"


def test_a_right_key_that_was_used_elsewhere_is_refused_until_the_wait_is_over(strict: Site) -> None:
    key = strict.key(Scope.READ)
    ask(strict, key, THERE)
    statuses(strict, 3)
    assert ask(strict, key).status_code == 429
    strict.now.forward(seconds=20)
    assert ask(strict, key).status_code == 200


def test_right_keys_take_no_tokens(strict: Site) -> None:
    key = strict.key(Scope.READ)
    assert [ask(strict, key).status_code for _ in range(10)] == [200] * 10
    assert statuses(strict, 4) == [401, 401, 401, 429]


def test_no_key_is_no_wrong_key(strict: Site) -> None:
    assert [ask(strict, "").status_code for _ in range(10)] == [200] * 10
    posts = [strict.client().post("/api/ingest/backup").status_code for _ in range(10)]
    assert posts == [401] * 10


@pytest.mark.parametrize("how", ["revoked", "expired", "replaced"])
def test_a_key_that_is_no_longer_valid_is_a_wrong_one(strict: Site, how: str) -> None:
    key = strict.key(Scope.READ, expires_at=strict.now() + 1000)
    account = strict.everyone[0]
    ask(strict, key)
    if how == "revoked":
        with strict.db.transaction():
            keys.revoke(strict.db, account, "k", strict.now())
    elif how == "expired":
        strict.now.forward(seconds=1)
    else:
        services.rotate(strict.db, account=account, name="k", now=strict.now())
    assert [ask(strict, key).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_every_api_counts_into_one_bucket(strict: Site) -> None:
    client, headers = strict.client(), {"X-Api-Key": "ds_x"}
    answers = [
        client.get("/api/summary", headers=headers),
        client.post("/api/ingest/backup", headers=headers),
        client.get("/api/integration/counts", headers=headers),
        client.post("/api/upload", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_one_network_of_ipv6_is_one_address(strict: Site) -> None:
    tries = [ask(strict, "ds_x", f"2001:db8:1:2::{n}").status_code for n in range(1, 5)]
    assert tries == [401, 401, 401, 429]
    assert statuses(strict, 1, "2001:db8:1:3::1") == [401]


def test_a_right_key_that_was_used_from_another_address_of_its_network_is_let_in(strict: Site) -> None:
    key = strict.key(Scope.READ)
    assert ask(strict, key, "2001:db8:1:2::1").status_code == 200
    tries = [ask(strict, "ds_x", f"2001:db8:1:2::{n}").status_code for n in range(2, 6)]
    assert tries == [401, 401, 401, 429]
    assert ask(strict, key, "2001:db8:1:2::7").status_code == 200
    assert statuses(strict, 4, "2001:db8:1:3::1") == [401, 401, 401, 429]
    assert ask(strict, key, "2001:db8:1:3::1").status_code == 429


def test_addresses_of_ipv4_stay_apart_on_a_socket_for_both(strict: Site) -> None:
    assert statuses(strict, 4, "::ffff:192.0.2.1") == [401, 401, 401, 429]
    assert statuses(strict, 1, "::ffff:192.0.2.2") == [401]
    assert statuses(strict, 1, "192.0.2.1") == [429]


def test_an_address_that_is_none_has_a_bucket_too(strict: Site) -> None:
    assert statuses(strict, 4, "") == [401, 401, 401, 429]
    assert statuses(strict, 1) == [401]


def test_a_link_local_address_has_one_bucket_whatever_its_zone(strict: Site) -> None:
    assert statuses(strict, 4, "fe80::1%eth0") == [401, 401, 401, 429]
    assert statuses(strict, 1, "fe80::2") == [429]


def test_whom_a_proxy_speaks_for_is_believed_only_of_a_trusted_one(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"wrong_keys_per_minute": 3}, server={"trusted_proxies": ("10.0.0.0/8",)})
    forged = {"X-Forwarded-For": THERE}
    assert statuses(site, 4, HERE, **forged) == [401, 401, 401, 429]
    assert statuses(site, 4, "10.0.0.1", **forged) == [401, 401, 401, 429]
    assert statuses(site, 1, "10.0.0.2", **forged) == [429]
    assert statuses(site, 1, "10.0.0.1", **{"X-Forwarded-For": "203.0.113.5"}) == [401]


def test_an_address_cannot_escape_by_what_it_says_of_itself(strict: Site) -> None:
    tries = [ask(strict, "ds_x", **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]
    assert tries == [401, 401, 401, 429]


@pytest.mark.usefixtures("both_databases")
def test_two_servers_over_one_database_share_the_bucket(strict: Site) -> None:
    twin = Site(strict.config, strict.db, strict.now)
    assert statuses(strict, 2) + statuses(twin, 2) == [401, 401, 401, 429]
    assert statuses(strict, 1) == [429]


def test_zero_is_no_limit(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"wrong_keys_per_minute": 0})
    assert statuses(site, 100) == [401] * 100
    assert site.db.rows("SELECT * FROM bucket") == []


@pytest.mark.usefixtures("both_databases")
def test_who_is_limited_costs_no_write(strict: Site, db: Database) -> None:
    statuses(strict, 4)
    with statements_of(db) as ran:
        assert ask(strict, "ds_x").status_code == 429
    assert ran
    assert not [statement for statement in ran if not statement.startswith("SELECT")]


def test_a_clock_that_was_set_back_shuts_nobody_out(strict: Site) -> None:
    key = strict.key(Scope.READ)
    statuses(strict, 4)
    strict.now.forward(hours=-5)
    assert statuses(strict, 2) == [429, 429]
    strict.now.forward(seconds=20)
    assert ask(strict, key).status_code == 200
    assert statuses(strict, 2) == [401, 429]


def test_what_was_tried_is_nowhere(strict: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answers = [ask(strict, "ds_secret-attempt") for _ in range(5)]
    assert "secret-attempt" not in caplog.text
    assert not [answer for answer in answers if "secret-attempt" in answer.text]
    assert "secret-attempt" not in repr(strict.db.rows("SELECT * FROM bucket"))
