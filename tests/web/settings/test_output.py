"""/settings/output: what would be understood of an output; nothing is recorded."""

import re
from html import unescape

import pytest

from duplistat.store import deliveries
from tests.support.outputs import text
from tests.web.site import Site, said

ADDRESS = "/settings/output"
PARTIAL = text("restic", "05_backup_json_unreadable_0.14.0.jsonl")
CHECKED = text("borg", "29_check_verbose_text_1.2.4.txt")


def explained(site: Site, output: str, **fields: str) -> str:
    return said(site.send(ADDRESS, 200, output=output.replace("\n", "\r\n"), **fields).text)


def test_each_field_is_shown(site: Site) -> None:
    page = explained(site, PARTIAL, exit="3", server="web-01", job="data")
    assert "Recognised as restic.backup" in page
    assert "Backup ended with warnings" in page
    assert "Server web-01 Job data" in page
    assert "Files 11 Source size 1.87 MB" in page
    assert deliveries.recent(site.db, limit=1) == []


def test_what_is_not_told_says_so(site: Site) -> None:
    page = explained(site, CHECKED)
    assert "Recognised as borg.verify" in page
    assert "Verification succeeded" in page
    assert "Source size not in the output" in page


def test_what_the_tool_rounded_is_marked(site: Site) -> None:
    assert "Source size about 1.87 MB" in explained(
        site, text("restic", "04_backup_text_verbose_0.14.0.txt"), exit="0"
    )


def test_unknown_text_is_no_success(site: Site) -> None:
    page = explained(site, "all done\n")
    assert "Tool not recognised" in page
    assert "Backup ended with unknown result" in page
    assert "Backup ended with errors Exit code 1: all done" in explained(site, "all done\n", exit="1")


def test_a_list_of_versions_is_no_run(site: Site) -> None:
    assert "No run found" in explained(site, text("borg", "23_list_json_1.2.4.json"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exit": "one"}, "must be an exit code: a whole number of 32 bits"),
        ({"duration": "soon"}, "must be a number of seconds, or a text such as 1h30m"),
        ({"operation": "dance"}, "must be one of backup, verify, restore, prune, other"),
    ],
)
def test_what_is_wrong_stands_at_its_field(site: Site, fields: dict[str, str], message: str) -> None:
    assert message in said(site.send(ADDRESS, 400, output="done", **fields).text)


def test_the_line_that_sends_it_can_be_pasted(site: Site) -> None:
    html = site.send(ADDRESS, 200, output="done", server="o'hara & co", exit="0").text
    (line,) = re.findall(r'<pre class="paste" dir="ltr">(.*?)</pre>', html, re.DOTALL)
    assert unescape(line).endswith("/api/report?server=o%27hara+%26+co&exit=0'")


def test_what_is_pasted_is_never_markup(site: Site) -> None:
    html = site.send(ADDRESS, 200, output="</textarea><script>alert(1)</script>", tool="<b>", job="<i>x").text
    assert "<script>alert" not in html
    assert "<i>x" not in html


def test_more_than_a_form_takes_is_refused(site: Site) -> None:
    assert site.send(ADDRESS, 413, output="x" * 300_000).status_code == 413
