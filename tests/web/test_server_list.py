"""The page of all servers: how much there is, where, how it grows, and what is proven."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from tests.web.site import Site, said


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    site = site_on_both
    site.report("nas", "photos", ago=timedelta(days=20), size=1_000_000_000, storageUsed=500_000_000)
    site.report("nas", "photos", ago=timedelta(hours=3), size=1_100_000_000, storageUsed=550_000_000)
    site.fail("web", "dump", ago=timedelta(hours=2), size=0, storageUsed=0)
    site.db.execute(
        "UPDATE job SET verify_at = ?, verify_failed = 0, quota_total = 900, quota_free = 400 WHERE name = 'photos'",
        (to_ms(site.now - timedelta(days=1)),),
    )
    return site


def lines(html: str) -> list[str]:
    return [said(row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html, re.DOTALL)]


def sorts_of(html: str) -> list[str]:
    return re.findall(r'<a href="/servers\?sort=(\w+)', html)


def test_each_server_answers_and_all_of_them_together(fleet: Site) -> None:
    worst, good, total = lines(fleet.html("/servers"))
    assert worst.startswith("failed web 1")
    assert good.startswith("OK nas 1 1.10 GB 550 MB +10% 400 B 24 h ago never")
    assert total.startswith("Total 2 1.10 GB 550 MB +10% 400 B 1 of 2 · oldest 24 h ago never")
    assert "1 of 2 jobs needs attention" in fleet.text("/servers")


def test_what_is_proven_is_counted_and_told_by_its_weakest_proof(fleet: Site) -> None:
    fleet.report("nas", "music")
    fleet.report("nas", "mail")
    old = to_ms(fleet.now - timedelta(days=21))
    fleet.db.execute("UPDATE job SET verify_at = ?, verify_failed = 0 WHERE name = 'music'", (old,))
    fleet.db.execute(
        "UPDATE job SET verify_at = ?, verify_failed = 0, restored_at = ?, restored_failed = 1"
        " WHERE name = 'dump'",
        (old, old),
    )
    html = fleet.html("/servers?sort=verified")
    nas, web, total = lines(html)
    assert "2 of 3 · oldest 21 days ago never" in nas
    assert "21 days ago failed 21 days ago" in web
    assert "3 of 4 · oldest 21 days ago failed 0 of 4" in total
    assert 'title="2 of 3 jobs have been verified; the oldest of these verifications is 21 days ago."' in html
    assert html.count('title="The last restore of one job failed."') == 2
    # One that failed and was dismissed is not proven by that, nor was it never tried.
    fleet.db.execute("UPDATE job SET restored_dismissed = ? WHERE name = 'dump'", (old,))
    web = lines(fleet.html("/servers?sort=verified"))[1]
    assert "21 days ago 0 of 1" in web
    # All of its jobs are proven, and later than those of the other one.
    fleet.db.execute("UPDATE job SET verify_at = ? WHERE name IN ('music', 'mail')", (old + 1,))
    assert [line.split()[1] for line in lines(fleet.html("/servers?sort=verified"))[:2]] == ["web", "nas"]


def test_they_are_sorted_by_a_column(fleet: Site) -> None:
    by_size = lines(fleet.html("/servers?sort=size"))
    assert [line.split()[1] for line in by_size[:2]] == ["nas", "web"]
    html = fleet.html("/servers?sort=size")
    assert 'aria-sort="descending"><a href="/servers?sort=size&amp;order=reverse">Source size</a>' in html
    assert 'aria-sort="ascending"><a href="/servers?sort=size">' in fleet.html(
        "/servers?sort=size&order=reverse"
    )


def test_the_reverse_order_is_that_of_what_is_known_and_the_rest_comes_last(fleet: Site) -> None:
    for sort in ("status", *sorts_of(fleet.html("/servers"))):
        there, back = (
            [line.split()[1] for line in lines(fleet.html(f"/servers?sort={sort}{order}"))[:2]]
            for order in ("", "&order=reverse")
        )
        known_of_both = sort in ("status", "name", "verified", "seen")
        assert back == (there[::-1] if known_of_both else ["nas", "web"]), sort


def test_versions_of_clients_are_sorted_and_outdated_ones_have_a_shape_and_a_word(fleet: Site) -> None:
    facts = "UPDATE server SET facts = ? WHERE name = ?"
    fleet.db.execute(facts, ('{"agent_version":"2.2.0.3"}', "web"))
    fleet.db.execute(facts, ('{"agent_version":"2.10.0.1"}', "nas"))
    html = fleet.html("/servers?sort=client")
    assert [line.split()[1] for line in lines(html)[:2]] == ["web", "nas"]
    marked = "2.2.0.3 · <i class=warning aria-hidden=true>!</i>outdated"
    tip = "Another of your servers has the newer version 2.10.0.1"
    assert f'title="{tip}">{marked}</td>' in html
    assert html.count("outdated") == 1
    number = int(fleet.db.rows("SELECT id FROM server WHERE name = 'web'")[0][0])
    assert f'{marked} <span class="dim">({tip})</span>' in fleet.html(f"/servers/{number}")


def test_it_is_in_the_main_navigation(site: Site) -> None:
    site.report()
    assert 'href="/servers" data-go="v">Servers</a>' in site.html("/")
    assert 'href="/servers" aria-current="page"' in site.html("/servers/1")


def test_it_costs_the_same_queries_for_many(site: Site, counted: Callable[[str], int]) -> None:
    site.report()
    few = counted("/servers")
    for number in range(9):
        site.report(f"server-{number}")
    assert counted("/servers") == few
