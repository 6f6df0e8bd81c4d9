"""Badges and what dashboards count, in the database."""

import pytest

from duplistat.core.badges import Tally
from duplistat.core.errors import DuplistatError
from duplistat.services.pings import badges
from duplistat.store import badges as rows
from duplistat.store import ping_keys, recent_runs
from duplistat.store.recent_runs import Outcomes
from tests.support.known import id_of
from tests.support.outputs import text
from tests.support.pings import UUID, make_key, make_pinged, ping
from tests.support.site import Site

OTHER = "d2a1c6a0-0f3c-4c4c-9c39-2b1a3f2f7a11"


def make(site: Site, of: badges.Of, account: str = "main") -> badges.NewBadge:
    fresh = badges.fresh(site.config)
    owner = id_of(site.db, account)
    site.writes.run(badges.make_badge, account=owner, of=of, badge=fresh, **site.signature())
    return fresh


def test_a_badge_is_made_once_of_each_thing(site: Site) -> None:
    job = make_pinged(site)
    home = site.servers()[0].id
    every = (badges.of_job(job), badges.of_server(home), badges.of_tag("x"), badges.of_account())
    made = [make(site, of) for of in every]
    for of in every:
        make(site, of)
    known = rows.of_accounts(site.db, site.everyone)
    assert [badge.hash for badge in known] == [badge["hash"] for badge in made]
    assert [badge.label for badge in known] == ["db", "nas", "x", "main"]
    assert [badges.tally(site.db, badge, site.now()) for badge in known] == [
        Tally(1, 0, 0),
        Tally(1, 0, 0),
        Tally(0, 0, 0),
        Tally(1, 0, 0),
    ]
    assert rows.of_job(site.db, job) == known[0]
    for badge in known:
        site.writes.run(badges.revoke_badge, account=1, badge=badge.id, **site.signature())
    assert rows.of_accounts(site.db, site.everyone) == []


def test_a_badge_of_what_is_anothers_is_not_made(site: Site) -> None:
    job = make_pinged(site)
    site.account("acme")
    for of in (badges.of_job(job), badges.of_server(site.servers()[0].id)):
        with pytest.raises(DuplistatError, match="nothing to make a badge of"):
            make(site, of, "acme")
    with pytest.raises(DuplistatError, match="name of the tag"):
        make(site, badges.of_tag(" "))


def test_a_badge_of_an_account_is_of_those_below_it_and_goes_while_it_is_suspended(site: Site) -> None:
    site.account("acme")
    site.account("shop", parent="acme")
    make_pinged(site, account="acme")
    make_pinged(site, account="shop", uuid=OTHER, token="other")
    make(site, badges.of_account(), "acme")
    (badge,) = rows.of_accounts(site.db, site.everyone)
    assert badges.tally(site.db, badge, site.now()).total == 2
    code = badges.addresses(site.config, "", badge).two.removeprefix("/b/2/")
    assert badges.find(site.db, code) == badge
    with site.db.transaction():
        site.db.execute("UPDATE account SET suspended_at = 1 WHERE name = 'acme'")
    assert badges.find(site.db, code) is None


def test_runs_of_some_days_are_counted_by_job(site: Site) -> None:
    job = make_pinged(site)
    ping(site, body=text("restic", "33_backup_json_0.18.0.jsonl"))
    ping(site, "/fail")
    ping(site, "/0", body=text("restic", "25_check_text_ok_0.14.0.txt"))
    assert recent_runs.outcomes(site.db, site.everyone, site.now() - 1000) == {job: Outcomes(1, 1, 1_876_165)}
    assert recent_runs.outcomes(site.db, site.everyone, site.now() + 1) == {}


def test_a_ping_key_is_found_by_its_number_within_ones_accounts(site: Site) -> None:
    make_key(site)
    (key,) = ping_keys.of_accounts(site.db, site.everyone)
    assert ping_keys.by_id(site.db, site.everyone, key.id) == key
    assert ping_keys.by_id(site.db, (10**9,), key.id) is None
    assert UUID not in f"{key}"
