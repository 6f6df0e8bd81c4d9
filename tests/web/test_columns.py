"""Which columns of jobs one sees: from the address, or as it is remembered; without a script."""

import gzip
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.services.people.preferences import LONGEST
from duplistat.web.parts.job_columns import COLUMNS, USUAL
from tests.web.site import Site, said
from tests.web.test_overview import fleet

HEAD = re.compile(r"<th scope=\"col\"[^>]*>(?:<a [^>]*>)?([^<]+)")
ROW = re.compile(r"<tr><th scope=row>[^\n]*")


def heads(html: str) -> list[str]:
    return [text.strip() for text in HEAD.findall(html)][1:]


def cells(site: Site, columns: str, *, query: str = "") -> dict[str, list[str]]:
    """{job: what its cells say}, in the order of the rows."""
    found = {}
    for row in ROW.findall(site.html(f"/?group=none&columns={columns}{query}")):
        name, *texts = re.split(r"<td[^>]*>", row)
        found[said(name.partition("<small>")[0]).rpartition(" / ")[2]] = [said(text) for text in texts]
    return found


def order(site: Site, sort: str) -> list[str]:
    return list(cells(site, "last", query=f"&sort={sort}"))


@pytest.fixture
def two(site: Site) -> Site:
    """`photos`, all good, and the younger `paperless`, with errors, on another server."""
    site.report(size=48_300_000_000, ago=timedelta(hours=9))
    site.fail("web-01", size=7_000_000_000)
    site.db.execute("UPDATE run SET warnings = 3, errors = 0, uploaded = 5000000 WHERE job_id = 1")
    site.db.execute("UPDATE run SET warnings = 0, errors = 12, uploaded = 7000 WHERE job_id = 2")
    site.db.execute("UPDATE job SET runs = 1200 WHERE id = 1")
    site.db.execute("INSERT INTO job_note VALUES (1, ?)", (f"In the rack\n{'x' * 90}",))
    site.db.execute("UPDATE job SET tags = '[\"offsite\"]' WHERE id = 2")
    return site


def test_without_a_choice_one_sees_the_usual_columns(two: Site) -> None:
    usual = ["Last 30 days", "Last run", "Next run", "Size", "Growth", "Versions"]
    assert heads(two.html("/")) == usual
    for address in ("/?columns=", "/?columns=nonsense", "/?columns=default", "/?columns=size,default"):
        assert heads(two.html(address)) == usual
    assert 'class="across"' not in two.html("/")


def test_the_address_says_which_columns_in_their_own_order(two: Site) -> None:
    assert heads(two.html("/?columns=errors,last")) == ["Last run", "Errors"]
    assert heads(two.html("/?columns=errors&columns=last")) == ["Last run", "Errors"]
    assert "colspan=3>" in two.html("/?columns=errors,last")


def test_each_column_says_what_is_known_of_a_job(two: Site) -> None:
    found = cells(two, "stored,files,uploaded,duration,warnings,errors,runs,failing,verified,tags,notes")
    note = f"In the rack {'x' * 67}…"
    assert found == {
        "photos": ["21.0 GB", "10,211", "5.00 MB", "3 min 20 s", "3", "0", "1,200", "", "never", "", note],
        "paperless": [
            "21.0 GB",
            "10,211",
            "7.00 kB",
            "3 min 20 s",
            "0",
            "12",
            "1",
            "1",
            "never",
            "offsite",
            "",
        ],
    }


def test_tags_stand_beside_the_name_unless_they_have_a_column(two: Site) -> None:
    assert "<small>offsite</small>" in two.html("/")
    assert "<small>offsite</small>" not in two.html("/?columns=tags")


def test_when_an_alert_comes_is_a_time_with_its_zone(two: Site) -> None:
    two.set_job(1, schedule="daily 02:00")
    html = two.html("/?columns=alert")
    assert re.search(r'<td><time [^>]*title="2026-11-21 \d\d:\d\d \+01:00">in \d+ h</time>', html)


def test_what_is_older_than_the_newest_version_of_its_channel_is_marked(two: Site) -> None:
    facts = 'UPDATE server SET facts = \'{"agent_version":"%s","update_channel":"Stable"}\' WHERE id = %d'
    two.db.execute(facts % ("2.2.0.3", 1))
    two.db.execute(facts % ("2.10.0.1", 2))
    assert cells(two, "client") == {"photos": ["2.2.0.3 · ! outdated"], "paperless": ["2.10.0.1"]}
    tip = "Another of your servers has the newer version 2.10.0.1 (update channel: stable)"
    assert f'title="{tip}"' in two.html("/?columns=client")
    two.db.execute('UPDATE server SET facts = \'{"agent_version":"2.10.0.1"}\' WHERE id = 2')
    assert cells(two, "client")["photos"] == ["2.2.0.3"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("size", "photos"),
        ("uploaded", "photos"),
        ("warnings", "photos"),
        ("errors", "paperless"),
        ("runs", "photos"),
        ("failing", "paperless"),
        ("notes", "photos"),
        ("tags", "paperless"),
        ("last", "paperless"),
    ],
)
def test_jobs_are_sorted_by_any_column_and_those_without_a_value_come_last(
    two: Site, sort: str, first: str
) -> None:
    assert order(two, sort)[0] == first


def test_a_second_click_on_a_head_sorts_the_other_way_round_and_a_third_as_before(two: Site) -> None:
    html = two.html("/?columns=errors&sort=errors")
    again = '<a href="/?sort=errors&amp;columns=errors&amp;order=reverse#jobs">Errors</a> <span aria-hidden="true">↓'
    assert f'aria-sort="descending">{again}' in html
    html = two.html("/?columns=errors&sort=errors&order=reverse")
    as_before = '<a href="/?sort=errors&amp;columns=errors#jobs">Errors</a> <span aria-hidden="true">↑'
    assert f'aria-sort="ascending">{as_before}' in html
    name = '<a href="/?sort=name&amp;order=reverse#jobs">Server / job</a>'
    assert f'aria-sort="ascending">{name}' in two.html("/?sort=name")


@pytest.mark.parametrize(
    ("sort", "unknown"),
    [
        ("state", []),
        ("name", []),
        ("size", []),
        ("errors", []),
        ("tags", ["photos"]),
        ("notes", ["paperless"]),
    ],
)
def test_the_reverse_order_is_that_of_what_is_known_and_the_rest_comes_last(
    two: Site, sort: str, unknown: list[str]
) -> None:
    known = [job for job in order(two, sort) if job not in unknown]
    assert order(two, f"{sort}&order=reverse") == [*reversed(known), *unknown]


def test_groups_stand_in_the_reverse_order_as_well(two: Site) -> None:
    group = re.compile(r"scope=rowgroup.*?>([\w-]+)</a>")
    assert group.findall(two.html("/?group=server&sort=size")) == ["nas-keller", "web-01"]
    assert group.findall(two.html("/?group=server&sort=size&order=reverse")) == ["web-01", "nas-keller"]
    assert group.findall(two.html("/?group=server&sort=name&order=reverse")) == ["web-01", "nas-keller"]


def test_the_order_is_remembered_of_the_sort_that_it_is_of(two: Site) -> None:
    two.send("/preferences", sort="size", order="reverse", next="/")
    assert re.search(r'aria-sort="ascending"><a href="/\?sort=size#jobs">', two.html("/"))
    assert 'aria-sort="descending"' in two.html("/?sort=growth")
    two.send("/preferences", theme="dark")
    assert 'value="reverse" selected' in two.html("/")
    two.send("/preferences", sort="size", order="")
    assert 'value="reverse" selected' not in two.html("/")


def test_each_column_can_be_sorted_by_but_the_days(two: Site) -> None:
    for column in COLUMNS:
        html = two.html(f"/?group=server&columns={column.name}&sort={column.name}")
        offers = f'<option value="{column.name}" selected>' in html
        assert (offers, "aria-sort" in html) == ((False, False) if column.name == "days" else (True, True))


def test_the_oldest_client_comes_first_by_number_and_not_by_letter(two: Site) -> None:
    two.db.execute('UPDATE server SET facts = \'{"agent_version":"2.10.0.1"}\' WHERE id = 1')
    two.db.execute('UPDATE server SET facts = \'{"agent_version":"2.9.0.1"}\' WHERE id = 2')
    assert order(two, "client") == ["paperless", "photos"]


def test_a_head_leads_to_the_jobs_sorted_by_it_and_leaves_the_rest(two: Site) -> None:
    html = two.html("/?state=failed&columns=last,errors")
    assert '<a href="/?columns=last,errors&amp;state=failed&amp;sort=errors#jobs">Errors</a>' in html


def test_a_choice_is_remembered_and_an_address_takes_precedence(two: Site) -> None:
    two.send("/preferences", columns=["", "errors", "last"], next="/?state=ok#jobs")
    assert heads(two.html("/")) == ["Last run", "Errors"]
    assert heads(two.html("/?columns=size")) == ["Size"]
    assert 'value="errors" checked>' in two.html("/")
    two.send("/preferences", sort="name")
    assert heads(two.html("/")) == ["Last run", "Errors"]
    two.send("/preferences", columns="")
    assert len(heads(two.html("/"))) == len(USUAL)


def test_all_columns_at_once_are_remembered(two: Site) -> None:
    names = [column.name for column in COLUMNS]
    assert len(",".join(names)) <= LONGEST
    two.send("/preferences", columns=names)
    html = two.html("/")
    assert len(heads(html)) == len(COLUMNS)
    assert 'class="across" tabindex="0"' in html


def test_a_link_carries_all_of_it(two: Site) -> None:
    two.send("/preferences", columns=["errors"], sort="errors", group="none", view="cards")
    html = two.html("/?q=paper")
    address = "/?q=paper&amp;group=none&amp;sort=errors&amp;view=cards&amp;columns=errors#jobs"
    assert f'<a href="{address}">Link to this view</a>' in html


def test_in_cards_each_number_has_its_label(two: Site) -> None:
    assert 'data-h="Errors">12' in two.html("/?view=cards&columns=last,errors")
    assert "data-h" not in two.html("/?view=table&columns=last,errors")


def test_whoever_is_not_signed_in_sees_neither_notes_nor_versions(two: Site) -> None:
    two.db.execute('UPDATE server SET facts = \'{"agent_version":"2.10.0.1"}\'')
    page = two.public().get("/?columns=notes,client,errors&sort=notes").text
    assert heads(page) == ["Errors"]
    assert "In the rack" not in page
    assert "2.10.0.1" not in page
    assert 'name="columns" value="notes"' not in page
    assert '<option value="notes"' not in page
    chosen = two.public().get("/?sort=name&columns=&columns=size&columns=last").text
    assert heads(chosen) == ["Last run", "Size"]
    assert '<input type="hidden" name="sort" value="name">' in chosen


def test_a_column_costs_at_most_one_statement_and_a_usual_one_none(
    two: Site, counted: Callable[[str], int]
) -> None:
    # That somebody looks for the first time is noted.
    two.html("/")
    usual = counted("/")
    assert (
        counted("/?columns=stored,files,free,duration,runs,failing,alert,verified,restored,tags,client")
        == usual
    )
    assert counted("/?columns=errors") == usual + 1
    assert counted("/?columns=errors,warnings,uploaded,notes&sort=errors") == usual + 2


def test_a_thousand_jobs_are_less_than_90_kb_as_they_are_sent(site: Site) -> None:
    fleet(site, 1000)
    assert len(gzip.compress(site.html("/").encode(), 6, mtime=0)) < 90_000
    every = ",".join(column.name for column in COLUMNS)
    assert site.html(f"/?columns={every}").count("<tr><th scope=row>") == 1000
