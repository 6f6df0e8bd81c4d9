"""How much a key may post: a burst, then so many a minute, with the time after which to come back."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from duplistat.services.maintenance.retention import prune_all
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.databases import at_once, statements_of
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

# A token each 15 seconds.
FEW = {"ingest_per_minute": 4, "ingest_burst": 3}


@pytest.fixture
def slow(make_site: Callable[..., Site]) -> Script:
    """A script whose key may post three times at once, and four times a minute."""
    return script_of(make_site(limits=FEW))


def post(script: Script, number: int = 0) -> TestResponse:
    """Post the run of a minute of its own."""
    return script.send(BACKUP, backup(timestamp=f"2026-01-28T02:{number:02}:00Z"))


def waits(script: Script, count: int) -> list[int]:
    """Post so many times; what each was told to wait, 0 for those that were taken in."""
    told = []
    for _ in range(count):
        response = script.send(BACKUP, backup())
        assert response.status_code in (201, 429), response.text
        told.append(int(response.headers.get("Retry-After", 0)))
    return told


def buckets(site: Site) -> dict[str, int]:
    return dict(site.db.rows("SELECT name, full_at FROM bucket"))


def test_without_a_word_a_key_may_post_60_times_at_once_and_120_times_a_minute(script: Script) -> None:
    assert waits(script, 61) == [0] * 60 + [1]
    taken = 0
    for _ in range(120):
        script.site.now.forward(seconds=0.5)
        taken += waits(script, 2).count(0)
    assert taken == 120


def test_after_the_burst_a_post_is_told_when_to_come_back(slow: Script) -> None:
    assert waits(slow, 3) == [0, 0, 0]
    response = slow.send(BACKUP, backup())
    assert (response.status_code, response.headers["Retry-After"]) == (429, "15")
    assert response.get_json() == {
        "status": "error",
        "error": "TooManyRequestsError",
        "message": "Too many requests: 4 a minute are allowed, and 3 at once; try again in 15 s",
    }


def test_whoever_waited_exactly_so_long_is_let_in_once(slow: Script) -> None:
    assert waits(slow, 4) == [0, 0, 0, 15]
    slow.site.now.forward(seconds=14.999)
    assert waits(slow, 1) == [1]
    slow.site.now.forward(seconds=0.001)
    assert waits(slow, 2) == [0, 15]


def test_the_wait_is_in_whole_seconds_and_never_too_short(slow: Script) -> None:
    waits(slow, 3)
    slow.site.now.forward(seconds=4.2)
    assert slow.send(BACKUP, backup()).headers["Retry-After"] == "11"
    slow.site.now.forward(seconds=11)
    assert waits(slow, 1) == [0]


def test_to_be_refused_costs_nothing(slow: Script) -> None:
    assert waits(slow, 50) == [0, 0, 0] + [15] * 47
    slow.site.now.forward(seconds=15)
    assert waits(slow, 2) == [0, 15]


def test_who_was_quiet_for_long_has_a_burst_again_and_no_more(slow: Script) -> None:
    waits(slow, 3)
    slow.site.now.forward(days=1)
    assert waits(slow, 4) == [0, 0, 0, 15]


def test_a_clock_that_was_set_back_does_not_shut_anyone_out(slow: Script) -> None:
    waits(slow, 4)
    slow.site.now.forward(hours=-5)
    assert waits(slow, 1) == [15]
    slow.site.now.forward(seconds=15)
    assert waits(slow, 2) == [0, 15]


def test_both_posts_share_one_bucket(slow: Script) -> None:
    paths = (BACKUP, NOTIFICATION, BACKUP, NOTIFICATION, BACKUP)
    answers = [slow.send(p, backup() if p == BACKUP else notification()).status_code for p in paths]
    assert answers == [201, 201, 201, 429, 429]
    assert list(buckets(slow.site)) == ["ingest:key:1"]


def test_each_key_has_a_bucket_of_its_own(slow: Script) -> None:
    other = script_of(slow.site, name="other")
    assert waits(slow, 4) == [0, 0, 0, 15]
    assert waits(other, 4) == [0, 0, 0, 15]


def test_a_key_has_one_bucket_from_wherever_it_is_used(slow: Script) -> None:
    elsewhere = Script(slow.site, slow.key, address="192.0.2.7")
    assert (waits(slow, 2), waits(elsewhere, 2)) == ([0, 0], [0, 15])


def test_a_repeat_costs_as_much_as_a_new_run(slow: Script) -> None:
    assert [post(slow).status_code for _ in range(4)] == [201, 201, 201, 429]
    assert len(slow.site.runs("nightly")) == 1


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}"], ids=["empty", "word", "array", "nothing told"])
def test_a_body_that_cannot_be_read_costs_as_much(slow: Script, body: str) -> None:
    answers = [slow.send(BACKUP, body).status_code for _ in range(5)]
    assert answers == [400, 400, 400, 429, 429]
    assert [d.outcome for d in slow.site.deliveries()] == ["unrecognised"] * 3


def test_a_body_that_is_not_its_gzip_costs_as_much(slow: Script) -> None:
    answers = [slow.send(BACKUP, b"x", **{"Content-Encoding": "gzip"}).status_code for _ in range(4)]
    assert answers == [400, 400, 400, 429]
    assert len(slow.site.deliveries()) == 3


def test_a_post_that_is_refused_is_not_recorded(slow: Script) -> None:
    waits(slow, 3)
    site = slow.site
    before = site.deliveries(), site.servers(), site.jobs(), events_of(site), site.summary()
    assert slow.send(BACKUP, backup(deviceName="other", status="Error")).status_code == 429
    assert slow.send(NOTIFICATION, notification(deviceName="third")).status_code == 429
    assert slow.send(BACKUP, "hello").status_code == 429
    assert (site.deliveries(), site.servers(), site.jobs(), events_of(site), site.summary()) == before


def test_counts_are_not_limited(slow: Script) -> None:
    waits(slow, 4)
    assert [slow.counts() for _ in range(20)] == [(1, 0, 0, 0)] * 20
    assert slow.site.get(COUNTS, **{"X-Api-Key": slow.key}).status_code == 200


def test_a_key_that_may_not_post_takes_no_token(slow: Script) -> None:
    reader = Script(slow.site, slow.site.key(Scope.READ, name="reader"))
    assert [reader.send(BACKUP, backup()).status_code for _ in range(5)] == [403] * 5
    assert buckets(slow.site) == {}


@pytest.mark.usefixtures("both_databases")
def test_two_servers_over_one_database_share_the_buckets(slow: Script, clock: Clock) -> None:
    twin = Script(Site(slow.site.config, slow.site.db, clock), slow.key)
    assert [w for _ in range(2) for w in waits(slow, 1) + waits(twin, 1)] == [0, 0, 0, 15]
    assert (waits(slow, 1), waits(twin, 1)) == ([15], [15])


@pytest.mark.usefixtures("both_databases")
def test_posts_at_once_take_no_token_twice(slow: Script, db: Database) -> None:
    answers = at_once(db, 16, lambda number: post(slow, number).status_code)
    assert sorted(answers) == [201] * 3 + [429] * 13
    assert len(slow.site.runs("nightly")) == 3


def test_zero_is_no_limit(make_site: Callable[..., Site]) -> None:
    script = script_of(make_site(limits={"ingest_per_minute": 0, "ingest_burst": 1}))
    assert waits(script, 100) == [0] * 100
    assert buckets(script.site) == {}


@pytest.mark.usefixtures("both_databases")
def test_a_limit_costs_two_statements_at_most(make_site: Callable[..., Site], db: Database) -> None:
    counted = []
    for first, per_minute in ((0, 0), (10, 120)):
        script = script_of(make_site(limits={"ingest_per_minute": per_minute}), name=f"from {first}")
        for number in range(first, first + 3):
            post(script, number)
        with statements_of(db) as ran:
            assert post(script, first + 3).status_code == 201
        counted.append(len(ran))
    assert len(script.site.runs("nightly")) == 8
    assert counted[0] < counted[1] <= counted[0] + 2


@pytest.mark.usefixtures("both_databases")
def test_what_is_refused_costs_fewer_statements_than_what_is_taken_in(slow: Script, db: Database) -> None:
    waits(slow, 2)
    with statements_of(db) as taken_in:
        waits(slow, 1)
    with statements_of(db) as refused:
        assert waits(slow, 1) == [15]
    assert len(refused) < len(taken_in)
    assert not [statement for statement in refused if statement.startswith(("INSERT", "UPDATE"))]


def test_a_bucket_that_is_full_again_is_forgotten(slow: Script) -> None:
    waits(slow, 3)
    site = slow.site
    assert prune_all(site.writes, site.config.retention, site.now())["buckets"] == 0
    site.now.forward(days=2)
    assert prune_all(site.writes, site.config.retention, site.now())["buckets"] == 1
    assert buckets(site) == {}
    assert waits(slow, 4) == [0, 0, 0, 15]


# /api/upload, which is open by default: Duplicati does not send a refused report again.


def upload_waits(site: Site, count: int, *, key: str = "", address: str = "192.0.2.1") -> list[int]:
    headers = {"X-Api-Key": key} if key else {}
    told = []
    for _ in range(count):
        response = site.post(duplicati("2026-01-28T02:00:00Z"), headers=headers, address=address)
        assert response.status_code in (200, 429), response.text
        told.append(int(response.headers.get("Retry-After", 0)))
    return told


def test_a_usual_fleet_without_a_key_takes_no_tokens(site: Site) -> None:
    assert site.config.limits.upload_per_minute == 12_000
    assert upload_waits(site, 200) == [0] * 200
    assert buckets(site) == {}


def test_who_sends_much_without_a_key_is_limited(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 1000})
    assert upload_waits(site, 32) == [0] * 32
    assert [*buckets(site)] == ["upload:address:192.0.2.1"]
    site.db.change("UPDATE bucket SET full_at = ?", ((site.now() + 60_000) * 1000,))
    assert upload_waits(site, 1) == [1]
    assert upload_waits(site, 1, address="192.0.2.2") == [0]
    site.now.forward(minutes=1)
    assert upload_waits(site, 1) == [0]


def test_uploads_with_a_key_are_not_limited_unless_told(site: Site) -> None:
    assert upload_waits(site, 100, key=script_of(site).key) == [0] * 100
    assert buckets(site) == {}


def test_uploads_can_be_without_any_limit(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 0})
    assert upload_waits(site, 20) == [0] * 20
    assert buckets(site) == {}


def test_the_address_behind_a_trusted_proxy_is_the_clients(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 2}, server={"trusted_proxies": ["10.0.0.1"]})
    body, told = duplicati("2026-01-28T02:00:00Z"), []
    for client in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"):
        headers = {"X-Forwarded-For": client}
        told.append(site.post(body, address="10.0.0.1", headers=headers).status_code)
    assert told == [200, 200, 429, 200]


def test_uploads_can_be_limited_for_each_address(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 2})
    assert upload_waits(site, 3) == [0, 0, 30]
    assert upload_waits(site, 3, address="192.0.2.2") == [0, 0, 30]
    site.now.forward(seconds=30)
    assert upload_waits(site, 2) == [0, 30]
    assert len(site.deliveries()) == 5


def test_uploads_with_a_key_are_limited_for_the_key(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 2})
    first, second = script_of(site, name="a"), script_of(site, name="b")
    assert upload_waits(site, 3) == [0, 0, 30]
    assert upload_waits(site, 1, key=first.key) + upload_waits(site, 2, key=first.key, address="192.0.2.9") == [
        0, 0, 30,
    ]  # fmt: skip
    assert upload_waits(site, 3, key=second.key) == [0, 0, 30]


def test_uploads_and_posts_have_buckets_of_their_own(make_site: Callable[..., Site]) -> None:
    site = make_site(limits=FEW | {"upload_per_minute": 2})
    script = script_of(site)
    assert upload_waits(site, 3, key=script.key) == [0, 0, 30]
    assert waits(script, 4) == [0, 0, 0, 15]


def test_an_upload_that_is_refused_is_told_in_the_words_of_its_api(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 1})
    upload_waits(site, 1)
    response = site.post("hello", address="192.0.2.1")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert response.get_json() == {
        "status": "error",
        "error": "TooManyRequestsError",
        "message": "Too many requests: 1 a minute are allowed, and 1 at once; try again in 60 s",
    }
    assert len(site.deliveries()) == 1


def test_who_has_many_addresses_of_one_ipv6_network_uploads_no_more(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 2})
    told = [upload_waits(site, 1, address=f"2001:db8:1:2::{n}")[0] for n in range(1, 5)]
    assert told == [0, 0, 30, 30]
    assert upload_waits(site, 1, address="2001:db8:1:3::1") == [0]
