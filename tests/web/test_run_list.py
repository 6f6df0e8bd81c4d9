"""All runs of a server, and of all servers: newest first, chosen by result, operation and day, page by page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.site import Site, link, said


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    site = site_on_both
    for night in range(30):
        site.report("nas", "photos", ago=timedelta(days=night, hours=2))
    site.fail("nas", "papers", ago=timedelta(days=1, hours=1), size=0, uploaded=0)
    site.report("web", "dump", ago=timedelta(hours=1))
    return site


def test_all_runs_of_a_server_are_there_page_by_page(fleet: Site) -> None:
    html = fleet.html(link(fleet.html("/servers/1"), "All runs of this server"))
    assert "Runs of nas" in said(html)
    assert len(html.split('<th scope="row">')) - 1 == 25
    assert "dump" not in said(html)
    assert "Backup with 1 error" in said(html)
    # What came to nothing has no sizes.
    assert " 0 B" not in said(html)
    older = fleet.html(link(html, "Older runs"))
    assert len(older.split('<th scope="row">')) - 1 == 6
    assert link(older, "Newest runs") == "/runs?server=1"


def test_runs_are_chosen_by_result_operation_and_day(fleet: Site) -> None:
    def number(query: str) -> int:
        return len(fleet.html(f"/runs?{query}").split('<th scope="row">')) - 1

    assert number("server=1&status=error") == 1
    assert number("server=1&operation=restore") == 0
    assert number("day=2026-11-19") == 2
    assert number("day=2026-11-20") == 2
    assert "web / dump" in fleet.text("/runs")
    assert 'href="/jobs/1"' in fleet.html("/runs?server=1")
    assert "Runs of 20 Nov (Europe/Berlin). Show all runs" in fleet.text("/runs?day=2026-11-20")


@pytest.mark.parametrize(
    ("query", "status"),
    [("server=99", 404), ("server=x", 404), ("status=odd", 400), ("day=yesterday", 400), ("before=x", 400)],
)
def test_what_is_not_there_or_cannot_be_chosen_is_said(site: Site, query: str, status: int) -> None:
    site.html(f"/runs?{query}", status)


def test_without_runs_it_says_so(site: Site) -> None:
    assert "No runs yet." in site.text("/runs")
    site.report()
    assert "No matching runs." in site.text("/runs?status=fatal")


def test_it_costs_the_same_queries_for_many(site: Site, counted: Callable[[str], int]) -> None:
    site.report()
    few = counted("/runs?server=1"), counted("/runs")
    for number in range(40):
        site.report(job=f"job {number % 5}", ago=timedelta(hours=number + 7))
    assert (counted("/runs?server=1"), counted("/runs")) == few
