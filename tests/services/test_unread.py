"""What nobody can read is bounded: in bytes and in number, for each account and each address, oldest first."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind, Problem, Unrecognised
from duplistat.services import commands
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.maintenance.retention import prune_all, prune_table
from duplistat.services.monitoring.metrics import Measures
from duplistat.services.reports import intake
from duplistat.services.reports.inbox import dismiss_unread
from duplistat.services.reports.replay import read_again
from duplistat.services.reports.unread import bounds_of, keep_unread, kind_of, prune_all_unread
from duplistat.services.writes import prepare
from duplistat.store import deliveries, retention_counts, unread, writer
from duplistat.store.database import Database
from duplistat.store.deliveries import Delivery
from duplistat.store.unread import Bounds
from tests.support.bodies import duplicati
from tests.support.site import Site

HTML, EMPTY = b"<html>hello</html>", b""
FLOODER = "198.51.100.7"


@pytest.fixture
def site_with(make_site: Callable[..., Site]) -> Callable[..., Site]:
    """A site with these bounds."""
    return lambda **bounds: make_site(
        intake={f"unread_max_{name}": most for name, most in bounds.items()}, limits={"upload_per_minute": 0}
    )


def flood(site: Site, bodies: Sequence[bytes], address: str = FLOODER, account: int = 1) -> None:
    """Keep many bodies that nobody can read, some in one transaction, as the writer does."""
    operations, bounds = commands.operations(site.config), bounds_of(site.config.intake)
    why, network, requests = "body: is no report", rate_limits.network(address), []
    for body in bodies:
        incoming = intake.Incoming(account, site.now(), "/api/upload", body, address=address)
        packed = intake.pack_unread(incoming, why, why, network, bounds)
        kept = prepare(keep_unread, unread=packed)
        requests.append((kept.name, kept.arguments))
    for start in range(0, len(requests), 100):
        for answer in writer.apply(site.db, operations, requests[start : start + 100]):
            assert isinstance(answer, int), answer


def kept(site: Site, address: str = "", account: int = 0) -> list[Delivery]:
    """What is kept, oldest first."""
    rows = site.db.rows("SELECT id FROM delivery WHERE outcome IN ('unrecognised', 'dismissed') ORDER BY id")
    found = [delivery for row in rows if (delivery := deliveries.get(site.db, row[0]))]
    return [d for d in found if address in ("", d.address) and account in (0, d.account_id)]


def stored(site: Site, account: int = 1) -> int:
    """Bytes that the table of deliveries has of an account's bodies."""
    length = "length" if site.db.on_sqlite else "octet_length"
    ((size,),) = site.db.rows(
        f"SELECT COALESCE(sum({length}(body)), 0) FROM delivery WHERE account_id = ?", (account,)
    )
    return int(size)


def sums_are_right(site: Site) -> bool:
    """Whether the sums are those of the rows, and each row has its delivery."""
    rows = site.db.rows("SELECT u.account_id, u.network, u.kind, u.stored, d.outcome FROM unread u"
                        " JOIN delivery d ON d.id = u.delivery_id")  # fmt: skip
    bodies: Counter[tuple[int, str]] = Counter()
    size: Counter[tuple[int, str]] = Counter()
    kinds: Counter[tuple[int, str]] = Counter()
    for account, network, kind, length, outcome in rows:
        assert outcome in ("unrecognised", "dismissed")
        kinds[account, kind] += 1
        for where in (network, ""):
            bodies[account, where] += 1
            size[account, where] += length
    told = site.db.rows("SELECT account_id, network, bodies, bytes FROM unread_share WHERE bodies <> 0")
    by_kind = site.db.rows("SELECT account_id, kind, bodies FROM unread_kind")
    assert {(a, n): (c, b) for a, n, c, b in told} == {key: (bodies[key], size[key]) for key in bodies}
    assert {(a, k): c for a, k, c in by_kind} == dict(kinds)
    return len(rows) == len(kept(site))


def dropped(site: Site) -> dict[str, int]:
    return {each.why: each.bodies for each in unread.dropped(site.db, site.everyone)}


def incompressible(count: int, size: int) -> list[bytes]:
    luck = random.Random(7)
    return [luck.randbytes(size) for _ in range(count)]


def test_a_flood_stays_within_its_count_and_its_oldest_go_first(site_with: Callable[..., Site]) -> None:
    site, many = site_with(count=200), 600
    flood(site, [b"body %d" % number for number in range(many)])
    bodies = [deliveries.body_of(site.db, d.id) for d in kept(site)]
    assert bodies == [b"body %d" % number for number in range(many - 100, many)]
    assert dropped(site) == {"address_count": many - 100}
    assert sums_are_right(site)


def test_a_flood_stays_within_its_bytes(site_with: Callable[..., Site]) -> None:
    site = site_with(bytes=400_000, count=0)
    flood(site, incompressible(120, 4_000))
    assert 150_000 < stored(site) <= 200_000
    assert kept(site)[-1].size == 4_000
    assert [*dropped(site)] == ["address_bytes"]
    assert sums_are_right(site)


def test_one_of_each_kind_stays(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    for body in (HTML, EMPTY, b"[1]", b'{"server": 1}'):
        assert site.post(body, address=FLOODER).status_code == 400
    kinds = {d.problem for d in kept(site)}
    assert len(kinds) == 4
    first = [d.id for d in kept(site)]
    flood(site, [b"x%d" % number for number in range(100)])
    assert [d.id for d in kept(site)][:4] == first
    assert (len(kept(site)), sums_are_right(site)) == (10, True)


def test_what_others_sent_is_untouched(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    acme = site.account("acme", parent="main")
    key = {"X-Api-Key": site.key(Scope.INGEST, account="acme")}
    for number in range(8):
        site.post(b"mine %d" % number, address="192.0.2.1")
        site.post(b"theirs %d" % number, address=FLOODER, headers=key)
    before = kept(site, "192.0.2.1") + kept(site, account=acme)
    flood(site, [b"x%d" % number for number in range(60)])
    assert kept(site, "192.0.2.1") + kept(site, account=acme) == before
    assert len(kept(site, account=1)) <= 20


def test_the_network_of_an_address_is_what_counts(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    for number in range(30):
        site.post(b"x%d" % number, address=f"2001:db8:1:2::{number:x}")
    assert (len(kept(site)), dropped(site)) == (10, {"address_count": 20})


def test_many_addresses_share_what_an_account_has_and_who_has_most_loses_first(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(count=20)
    site.post(b"early", address="192.0.2.1")
    for number in range(60):
        site.post(b"x%d" % number, address=f"198.51.100.{number % 3}")
    assert (len(kept(site)), len(kept(site, "192.0.2.1"))) == (20, 1)
    spread = Counter(d.address for d in kept(site))
    assert max(spread.values()) - min(spread[f"198.51.100.{n}"] for n in range(3)) <= 1
    assert dropped(site)["account_count"] == 41
    assert sums_are_right(site)


def test_no_sender_makes_kinds_without_end(site_with: Callable[..., Site]) -> None:
    site = site_with(count=200)
    for number in range(150):
        incoming = intake.Incoming(1, site.now(), "/api/upload", b"x", address=FLOODER)
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        packed = intake.pack_unread(incoming, "p", f"kind {name}", FLOODER, Bounds(0, 200))
        site.writes.run(keep_unread, unread=packed)
    ((kinds,),) = site.db.rows("SELECT count(*) FROM unread_kind")
    assert (kinds, len(kept(site))) == (unread.KINDS + 1, 100)
    assert sums_are_right(site)


def test_more_kinds_than_there_is_room_for_stay_within_bounds(site_with: Callable[..., Site]) -> None:
    site = site_with(count=4)
    for number in range(12):
        incoming = intake.Incoming(1, site.now(), "/api/upload", b"%d" % number, address=FLOODER)
        packed = intake.pack_unread(incoming, "p", f"kind {number}", FLOODER, Bounds(0, 4))
        site.writes.run(keep_unread, unread=packed)
    assert [deliveries.body_of(site.db, d.id) for d in kept(site)] == [b"10", b"11"]


@pytest.mark.parametrize("size", [30_000, 1_000_000])
def test_of_a_body_that_is_larger_than_the_share_the_head_is_kept(
    site_with: Callable[..., Site], size: int
) -> None:
    site = site_with(bytes=40_000)
    (body,) = incompressible(1, size)
    site.post(body, address=FLOODER)
    (one,) = kept(site)
    head = deliveries.body_of(site.db, one.id)
    assert (one.size, one.sha256) == (size, deliveries.digest(body))
    assert body.startswith(head)
    assert 15_000 < stored(site) <= 20_000
    assert read_again(site.db, site.writes, one.id, max_log_lines=10) == "unrecognised"


def test_what_deflates_well_counts_as_what_is_stored(site_with: Callable[..., Site]) -> None:
    site = site_with(bytes=40_000)
    site.post(b"x" * 1_000_000, address=FLOODER)
    (one,) = kept(site)
    assert deliveries.body_of(site.db, one.id) == b"x" * 1_000_000


def test_what_was_put_away_counts_too_and_what_is_read_again_no_more(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    assert site.post(duplicati("2026-01-28T02:00:00Z"), query="?secret=wrong").status_code == 401
    for number in range(5):
        site.post(b"x%d" % number)
    ids = [d.id for d in kept(site)]
    site.writes.run(dismiss_unread, sees=[1], account=1, deliveries=ids[1:3], back=False, **site.signature())
    assert (len(kept(site)), sums_are_right(site)) == (6, True)
    assert read_again(site.db, site.writes, ids[0], max_log_lines=10) == "recorded"
    assert (len(kept(site)), sums_are_right(site)) == (5, True)


def test_what_retention_deletes_makes_room(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    flood(site, [b"x%d" % number for number in range(8)])
    site.now.forward(hours=24 * 91)
    flood(site, [b"new"])
    prune_all(site.writes, site.config.retention, site.now())
    assert (len(kept(site)), sums_are_right(site)) == (1, True)
    assert dropped(site) == {}


def test_without_limits_nothing_is_dropped(site_with: Callable[..., Site]) -> None:
    site = site_with(count=0, bytes=0)
    flood(site, [b"x%d" % number for number in range(50)])
    assert (len(kept(site)), dropped(site)) == (50, {})


def test_limits_that_were_lowered_hold_after_the_next_pruning(site_with: Callable[..., Site]) -> None:
    site = site_with(count=0)
    for address in ("192.0.2.1", FLOODER):
        flood(site, [b"x%d" % number for number in range(60)], address=address)
    prune_all_unread(site.db, site.writes, Bounds(0, 40), site.now())
    assert (len(kept(site)), len(kept(site, FLOODER))) == (40, 20)
    assert sums_are_right(site)
    prune_all_unread(site.db, site.writes, Bounds(0, 40), site.now())
    assert len(kept(site)) == 40


def test_a_flood_costs_each_upload_the_same(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, counts = site_with(count=60), []
    execute = Database.execute
    statements: list[str] = []

    def counting(self: Database, statement: str, parameters: Any = ()) -> Any:
        statements.append(statement)
        return execute(self, statement, parameters)

    monkeypatch.setattr(Database, "execute", counting)
    for _ in range(3):
        flood(site, [b"x%d" % number for number in range(60)])
        statements.clear()
        flood(site, [b"one more"])
        counts.append(len(statements))
    assert len(set(counts)) == 1
    assert counts[0] < 30


def test_many_at_once_stay_within_bounds_and_are_counted_right(site_with: Callable[..., Site]) -> None:
    """Each thread has a network of its own; one of them deletes what is old meanwhile."""
    site = site_with(count=24)
    problems: list[BaseException] = []

    def work(number: int) -> None:
        db = Database(site.db.url)
        writes = commands.Direct(db, site.config)
        try:
            for each in range(20):
                incoming = intake.Incoming(1, each, "/api/upload", b"%d" % each, address=f"192.0.2.{number}")
                packed = intake.pack_unread(incoming, "p", "p", incoming.address, Bounds(0, 24))
                writes.run(keep_unread, unread=packed)
                if number == 0:
                    writes.run(prune_table, table="deliveries", before=each - 2)
        except BaseException as e:
            problems.append(e)
        finally:
            db.close_all()

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(kept(site)) <= 24
    assert sums_are_right(site)


def test_the_metric_says_what_was_dropped_for_which_limit(site_with: Callable[..., Site]) -> None:
    site = site_with(count=20)
    flood(site, [b"x%d" % number for number in range(35)])
    told = {
        sample.labels["limit"]: sample.value
        for metric in Measures(site.db, (1,), site.now(), site.schedule_defaults, 10).collect()
        for sample in metric.samples
        if sample.name == "duplistat_unread_dropped_total"
    }
    assert told == {"address_count": 25, "address_bytes": 0, "account_count": 0, "account_bytes": 0}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Unrecognised("x", [Problem("body", "is empty"), Problem("a", "b")]), "body: is empty"),
        (Unrecognised("x", [Problem("body", "is no JSON: line 17 column 3")]), "body: is no JSON: line # column #"),
        (Unrecognised("x", [Problem("backup.messages.3.level", "is unknown")]), "backup.messages.#.level: is unknown"),
        (DuplistatError(Kind.INVALID, "Encoding 'br' is not supported; send gzip"), "Encoding … is not supported"),
        (DuplistatError(Kind.INVALID, "y" * 500), "y" * 120),
    ],
)  # fmt: skip
def test_a_kind_is_why_a_body_is_not_read_without_what_its_sender_wrote(
    error: DuplistatError, kind: str
) -> None:
    assert kind_of(error) == kind


def test_what_is_kept_is_shown_a_page_at_a_time_and_counted_by_its_age(site: Site) -> None:
    flood(site, [b"a", b"b", b"c"])
    newest = [delivery.id for delivery in deliveries.unread(site.db, (1,), before=None, limit=2)]
    rest = [delivery.id for delivery in deliveries.unread(site.db, (1,), before=newest[-1], limit=2)]
    assert newest + rest == [delivery.id for delivery in reversed(kept(site))]
    counts = [retention_counts.older(site.db, "delivery", site.now() + later) for later in (0, 1)]
    assert counts == [0, 3]
