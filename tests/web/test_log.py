"""A run's log on its page: what is shown first, filters, search, pages, lines that can be linked."""

import re

import pytest

from duplistat.store import runs
from tests.web.site import Site


@pytest.fixture
def run(site: Site) -> Site:
    """A run with 1 200 lines of information, a warning at 700 and an error at 1 100."""
    lines = [{"level": "info", "message": f"put block {number}"} for number in range(1, 1201)]
    lines[699] = {"level": "warning", "message": "Retrying PUT of block 700"}
    lines[1099] = {"level": "error", "message": "Quota exceeded"}
    site.report(status="error", messages=lines)
    return site


def _numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="L(\d+)"', html)]


def test_errors_and_warnings_are_shown_first_when_there_are_any(run: Site) -> None:
    html = run.html("/runs/1")
    assert _numbers(html) == [700, 1100]
    assert re.search(r'aria-current="true">errors and warnings <b>2</b>', html)


def test_a_log_without_trouble_is_shown_from_its_beginning(site: Site) -> None:
    site.report(messages=[{"level": "info", "message": "all is well"}])
    assert _numbers(site.html("/runs/1")) == [1]


def test_levels_are_a_list_of_which_paper_shows_the_chosen_one(run: Site) -> None:
    levels = run.html("/runs/1").partition('<ul class="levels">')[2].partition("</ul>")[0]
    assert levels.count("<li><a href=") == levels.count("</a></li>") > 1


def test_every_level_is_a_filter_with_its_count(run: Site) -> None:
    choices = re.findall(r'level=(\w+)#log"[^>]*>([a-z ]+) <b>(.*?)</b>', run.html("/runs/1"))
    assert choices == [
        ("all", "all", "1,200"),
        ("problems", "errors and warnings", "2"),
        ("error", "errors", "1"),
        ("warning", "warnings", "1"),
        ("information", "information", "1,198"),
    ]
    assert _numbers(run.html("/runs/1?level=error")) == [1100]
    assert _numbers(run.html("/runs/1?level=nonsense")) == []


def test_a_log_is_paged_at_500_lines_and_keeps_the_filter(run: Site) -> None:
    assert _numbers(run.html("/runs/1?level=all")) == list(range(1, 501))
    third = run.html("/runs/1?level=all&page=3")
    assert _numbers(third) == list(range(1001, 1201))
    assert "Page 3 of 3" in third
    assert "Next <span" not in third
    assert re.search(r'href="/runs/1\?level=all&amp;page=2#log" rel="prev"', third)


@pytest.mark.parametrize(("page", "first"), [("0", 1), ("-1", 1), ("99", 1001), ("x", 1), ("9" * 30, 1001)])
def test_a_page_that_is_not_there_is_the_nearest_one(run: Site, page: str, first: int) -> None:
    assert _numbers(run.html(f"/runs/1?level=all&page={page}"))[0] == first


def test_search_finds_a_part_in_any_case_within_the_level(run: Site) -> None:
    assert _numbers(run.html("/runs/1?level=all&q=BLOCK+70")) == [70, *range(700, 710)]
    assert _numbers(run.html("/runs/1?level=warning&q=block+70")) == [700]
    html = run.html("/runs/1?level=all&q=%3Cb%3E")
    assert "No matching lines." in html
    assert 'value="&lt;b&gt;"' in html


def test_the_number_of_a_line_links_to_it_among_the_others(run: Site) -> None:
    address = re.search(r'href="([^"]+)">1100</a>', run.html("/runs/1"))
    assert address is not None
    page, _, anchor = address[1].replace("&amp;", "&").partition("#")
    assert anchor == "L1100"
    assert set(range(1095, 1105)) <= set(_numbers(run.html(page)))


def test_white_space_of_a_line_is_kept(site: Site) -> None:
    site.warn(messages=[{"level": "warning", "message": "a\n   at Main()\tx"}])
    assert ">a\n   at Main()\tx</td>" in site.html("/runs/1")


def test_a_very_long_line_is_folded_and_an_endless_one_is_cut(site: Site) -> None:
    messages = [{"level": "warning", "message": letter * size} for letter, size in (("a", 4999), ("b", 6000))]
    site.warn(messages=[*messages, {"level": "warning", "message": "c" * 150_000}])
    html = site.html("/runs/1").partition('id="log"')[2]
    assert html.count("<details>") == 2
    assert "a" * 4999 + "</td>" in html
    assert "b" * 6000 + "</div>" in html
    assert "c" * 100_000 + "</div>" in html
    assert "c" * 100_001 not in html
    assert "The last 50,000 characters are not shown here" in html


def test_a_page_stays_one_where_many_lines_are_long(site: Site) -> None:
    messages = [{"level": "warning", "message": f"{number} " + "x" * 4000} for number in range(500)]
    site.warn(messages=messages)
    html = site.html("/runs/1")
    assert len(html) < 600_000
    assert _numbers(html) == list(range(1, 501))
    assert "499 xxx" in html
    assert "The last 3,804 characters are not shown here" in html


def test_a_hundred_thousand_lines_are_a_page_of_ordinary_size(site: Site) -> None:
    run = site.report()
    lines = [
        (
            "error" if number % 1000 == 0 else "information",
            "Main-Backup",
            f"Including path /home/ada/{number}.txt",
            None,
        )
        for number in range(1, 100_001)
    ]
    with site.db.transaction():
        runs.save_log(site.db, run, runs.write_log(lines))
    site.db.execute("UPDATE run SET log_lines = 100000")
    html = site.html("/runs/1")
    assert _numbers(html) == list(range(1000, 101_000, 1000))
    assert re.search(r"errors <b>100</b>.*information <b>99,900</b>", html, re.DOTALL)
    last = site.html("/runs/1?level=all&page=200")
    assert _numbers(last) == list(range(99_501, 100_001))
    assert len(last) < 300_000
    assert _numbers(site.html("/runs/1?level=all&q=ADA/77777.")) == [77_777]
