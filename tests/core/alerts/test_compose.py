"""What goes out of facts: text and HTML that say the same, data for programs, and nothing that a sender could do."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.alerts.compose import Composed, Links, compose
from duplistat.core.alerts.message_text import MOST, MOST_SHORT
from duplistat.core.alerts.notice import NoticeFacts
from duplistat.core.i18n import ENGLISH
from tests.support import notices
from tests.support.golden_messages import CASES, LATE, message
from tests.support.notices import BASE, DAY, HOUR, LINKS, MINUTE, NOW, event, late, notice, problem, several

NAMES = (*CASES, *LATE)
BREAKING = {
    "quotes": "\"'`",
    "newline": "a\nb\r\nc\u2028d",
    "braces": "{{ 7 }} {0} {name} %s %(x)s",
    "script": "</pre></title></script><script>alert(1)</script><img src=https://x/y onerror=z>",
    "direction": "a\u202egpj.exe\u2066b\u200f",
    "controls": "\x00\x1b[31mred\x1b[0m\x07\x7f\x85",
    "long": "x" * 100_000,
    "empty": "",
}


class Page(HTMLParser):
    """What a mail program makes of a document: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f" {data} "


def made(facts: NoticeFacts, links: Links = LINKS, **changes: Any) -> Composed:
    return compose(facts, notices.style(), links, **changes)


def words(text: str) -> list[str]:
    return re.findall(r"[^\s:\-]+", text)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "digest"])
def test_text_and_html_say_the_same(name: str) -> None:
    found = message(name, ENGLISH)
    page = Page(found.html)
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    text = found.text
    for link in links:
        assert link in text
        text = text.replace(link, "", 1)
    # The title is the subject, and the badge is a part of it.
    shown = page.text.replace(found.subject, "", 1).replace(
        found.subject[1 : found.subject.index("]")], "", 1
    )
    for link in links:
        shown = shown.replace(link, "")
    assert sorted(words(shown)) == sorted(words(text))


@pytest.mark.parametrize("name", NAMES)
def test_html_loads_nothing_and_does_nothing(name: str) -> None:
    page = Page(message(name, ENGLISH).html)
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "body", "table", "tr", "td", "span", "strong", "div"),
        *("ul", "li", "pre", "a", "br", "p", "h2", "th"),
    }
    for tag, attributes in page.tags:
        assert set(attributes) <= {
            *(
                "style",
                "role",
                "width",
                "cellpadding",
                "cellspacing",
                "lang",
                "charset",
                "name",
                "content",
                "href",
                "align",
            ),
        }
        assert "url(" not in (attributes.get("style") or "")
        assert tag == "a" or "href" not in attributes
        assert (attributes.get("href") or BASE).startswith(BASE)
        # On white and on black: a background only where the text on it has a colour too.
        style = attributes.get("style") or ""
        assert "background" not in style or "color:#ffffff" in style


@pytest.mark.parametrize("name", BREAKING)
def test_what_senders_write_changes_no_message(name: str) -> None:
    value = BREAKING[name]
    harmless = made(notice(problem(log=["line"]), problem(id=2), events=[event()]))
    facts = notice(
        *(
            problem(
                id=number,
                **dict.fromkeys(("server", "job", "message", "account", "acked_by"), value),
                reason=notices.ended(value),
                log=[value] * 10,
            )
            for number in (1, 2)
        ),
        rule=value,
        cause="error",
        cause_name=value,
        account=value,
        events=[event(message=value, server=value, type=value, job=value)],
    )
    for each in (
        facts,
        notice(facts["problems"][0]),
        notice(events=facts["events"], kind="event", why="event"),
    ):
        found = made(each)
        assert {tag for tag, _ in Page(found.html).tags} <= {
            "pre",
            "span",
            *(t for t, _ in Page(harmless.html).tags),
        }
        assert "<script" not in found.html
        for line in (found.subject, found.job, *found.text.split("\n"), *found.short.split("\n")):
            assert line.isprintable()
        assert (len(found.subject) <= 200, len(found.text) <= MOST, len(found.short) <= MOST_SHORT) == (
            True,
        ) * 3
        assert found.text.endswith(f"Unsubscribe this address: {LINKS.unsubscribe}\n")
        assert len(json.dumps(found.data)) < 40_000


def test_a_log_line_cannot_look_like_a_line_of_ours() -> None:
    text = made(notice(problem(log=["What to do: run rm -rf /", "Details: https://evil.example"]))).text
    assert [line for line in text.split("\n") if "evil" in line or "rm -rf" in line] == [
        "  What to do: run rm -rf /",
        "  Details: https://evil.example",
    ]


def test_times_are_those_of_the_channel_with_their_offset() -> None:
    facts = notice(problem())
    text = {
        zone: compose(facts, notices.style(zone=ZoneInfo(zone)), LINKS).text
        for zone in ("UTC", "Asia/Kathmandu", "America/St_Johns")
    }
    assert "Tue 24 Nov 01:14 (UTC+00:00)" in text["UTC"]
    assert "Tue 24 Nov 06:59 (UTC+05:45)" in text["Asia/Kathmandu"]
    assert "Mon 23 Nov 21:44 (UTC-03:30)" in text["America/St_Johns"]


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    twice = 1_792_886_400_000  # Sun 25 Oct 2026 02:00 in Berlin, the first time
    first = made(notice(problem(opened_at=twice, kind_at=twice), at=twice + DAY)).text
    second = made(notice(problem(opened_at=twice + HOUR, kind_at=twice + HOUR), at=twice + DAY)).text
    assert "Sun 25 Oct 02:00 (UTC+02:00)" in first
    assert "Sun 25 Oct 02:00 (UTC+01:00)" in second


def test_ages_count_until_the_message_goes_out() -> None:
    facts = notice(late())
    assert "is 31 h old" in made(facts).text
    assert "is 36 h old" in made(facts, now=NOW + 5 * HOUR).text
    assert "is 31 h old" in made(facts, now=NOW - DAY).text


def test_an_alarm_whose_problem_is_over_says_until_when_and_that_it_was_late() -> None:
    found = made(notice(late()), closed={9: NOW + 10 * MINUTE}, now=NOW + HOUR)
    assert found.subject == "[OVER] daily-backup on server-01: overdue 04:14–09:24 (UTC+01:00)"
    assert found.text.startswith(
        "daily-backup on server-01 was overdue 04:14–09:24 (UTC+01:00), and is OK again;"
        " you could not be reached until 10:14.\n"
    )
    assert (found.type, found.severity) == ("job.overdue", "info")
    assert found.data["problem"]["closed"] == "2026-11-26T08:24:00.000Z"
    assert found.data["links"]["acknowledge"] is None
    assert LINKS.acknowledge not in found.text + found.html


def test_of_more_problems_than_are_shown_the_number_is_said_everywhere() -> None:
    found = made(notice(*several(5), total=19, counts={"failed": 19}, cause="server", cause_name="server-01"))
    assert all("and 14 more" in text for text in (found.text, found.html))
    assert "and 14 more" in found.short or re.search(r"and 1[5-8] more", found.short)
    assert found.data["total"] == 19


def test_a_short_text_is_cut_between_jobs() -> None:
    found = made(notice(*several(5, job="j" * 90, server="s" * 90)))
    lines = found.short.split("\n")
    assert lines[-1] == LINKS.page
    assert re.fullmatch(r"and [1-4] more", lines[-2])
    assert all(line.endswith("last successful backup 3 days ago") for line in lines[1:-2])


def test_links_that_are_none_are_left_out() -> None:
    bare = compose(notice(problem()), replace(notices.style(), base_url=""), Links())
    assert "http" not in bare.text
    assert "<a " not in bare.html
    assert bare.data["links"] == {"page": None, "acknowledge": None, "job": None, "run": None}
    odd = made(notice(problem()), Links(page="javascript:alert(1)", unsubscribe='https://x/"onclick="y'))
    assert "javascript" not in odd.text + odd.html
    assert "onclick" not in odd.text + odd.html


def test_only_what_is_wrong_can_be_acknowledged() -> None:
    told = [name for name in NAMES if LINKS.acknowledge in message(name, ENGLISH).text]
    assert not {"recovered", "event", "test", "digest", "late", "storm-over", "healed-all-over"} & set(told)
    assert {"failed", "overdue", "reminder", "group-server", "healed", "channel-broken"} <= set(told)


def test_the_data_of_one_job_name_it_and_those_of_several_do_not() -> None:
    one = made(notice(problem())).data
    assert (one["server"], one["job"], one["run"]) == (
        {"id": 3, "name": "server-01"},
        {"id": 7, "name": "daily-backup"},
        1204,
    )
    assert one["problem"] == one["problems"][0]
    assert (one["problem"]["since"], one["counts"]) == ("2026-11-24T01:14:00.000Z", {"failed": 1})
    assert one["problem"]["reason"] == "The backup Thu 26 Nov 02:14 (UTC+01:00) failed: access denied to /srv"
    assert one["links"]["run"] == f"{BASE}/runs/1204"
    two = made(notice(*several(2))).data
    assert (two["server"], two["job"], two["run"], len(two["problems"])) == (None, None, None, 2)
    device = made(notice(events=[event(job="photos")], kind="event", why="event")).data
    assert (device["server"], device["job"]) == (
        {"id": 4, "name": "nas-attic"},
        {"id": None, "name": "photos"},
    )
    assert (device["problem"], device["event"]["message"]) == (
        None,
        "Disk 3 has 214 bad sectors\nReplace it soon",
    )


def test_severity_and_type_are_those_of_what_is_told() -> None:
    found = {name: message(name, ENGLISH) for name in NAMES}
    assert (found["failed"].type, found["failed"].severity) == ("job.failed", "error")
    assert (found["warning"].type, found["warning"].severity) == ("job.warning", "warning")
    assert (found["event"].type, found["event"].severity) == ("event", "critical")
    assert (found["channel-broken"].type, found["test"].type) == ("channel.broken", "test")
    assert found["failed"].job == "daily-backup on server-01"
    assert [found[name].job for name in ("group-server", "test", "channel-broken")] == ["", "", ""]
