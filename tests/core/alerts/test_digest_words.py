"""What a digest says: mails, subjects, and that it stays within its bounds whatever jobs are called."""

from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from duplistat.core.alerts.compose import Links, Style, compose
from duplistat.core.alerts.digest_facts import Part, plain_line
from duplistat.core.alerts.digest_words import digest_message
from duplistat.core.alerts.message_text import MOST_SHORT
from duplistat.core.i18n import ENGLISH, Say
from tests.support.digests import NOW, Spoken, busy, entry, failed, made, notice, silent
from tests.support.notices import BERLIN, GERMAN


class Reading(HTMLParser):
    """The tags that are open, and the addresses that a document leads to or fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            elif name in ("src", "background", "srcset"):
                self.fetched.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_golden_digest_is_a_mail_that_reads_back_as_it_was() -> None:
    subject, text, html, _short = digest_message(notice(busy()), Spoken())
    mail = EmailMessage()
    mail["Subject"] = subject
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    plain, rich = mail.iter_parts()
    assert mail["Subject"] == subject
    assert plain.get_content() == text
    reading = Reading()
    reading.feed(rich.get_content())
    assert (reading.open, reading.fetched) == ([], [])
    assert "https://backups.example.org/runs/901" in reading.links


@pytest.mark.parametrize(
    ("entries", "counts"),
    [
        ([entry(number) for number in range(47)], "all 47 OK"),
        ([], "no jobs yet"),
        (
            [
                failed(1),
                failed(2),
                silent(3),
                entry(4, "stuck"),
                entry(5, "warning"),
                entry(6, "unscheduled"),
            ],
            "1 overdue, 2 failed, 1 stalled, 1 warning, 1 silent without schedule",
        ),
        ([entry(1), entry(2, "paused"), entry(3, "never")], "1 never backed up, 1 paused, 1 OK"),
    ],
)
def test_the_counts_are_in_the_subject(entries: list[object], counts: str) -> None:
    subject = digest_message(notice(made(entries)), Spoken())[0]  # type: ignore[arg-type]  # entries of the table
    assert subject == f"Backups Sat 28 Nov: {counts} — Acme"


def test_a_week_says_until_when_it_is() -> None:
    subject = digest_message(notice(made([entry(1)], period="week")), Spoken())[0]
    assert subject == "Backups, week to Sat 28 Nov: all 1 OK — Acme"


def test_names_of_others_are_escaped_and_cannot_act() -> None:
    facts = made(
        [failed(1, "<script>alert(1)</script>\r\nBcc: x@y\x1b[0m", name="<b>\u202e", account="A\nB")]
    )
    facts["account"] = "A\r\nBcc: x"
    subject, text, html, short = digest_message(notice(facts), Spoken())
    assert "<script" not in html
    assert "<b>" not in html
    for told in (subject, text, html, short):
        assert not set(told) & {"\x1b", "\r", "\u202e"}
    assert "\n" not in subject


def test_a_digest_of_thousands_of_jobs_with_the_longest_names_is_bounded() -> None:
    long = {"name": "j" * 200, "server": "s" * 200, "account": "a" * 200}
    jobs = [failed(number, "x" * 500, untold="below", **long) for number in range(1500)]
    jobs += [entry(number, created_at=NOW - 1, **long) for number in range(1500)]
    subject, text, html, short = digest_message(notice(made(jobs)), Spoken())
    assert len(subject) <= 200
    assert len(short) <= MOST_SHORT
    assert len(text) < 60_000
    assert len(html.encode()) < 102_000
    assert "and 1450 more".replace("1450", "1,450") in text


def test_a_short_text_leaves_whole_lines_out() -> None:
    _, _, _, short = digest_message(notice(made([failed(number) for number in range(20)])), Spoken())
    *lines, more, link = short.splitlines()[1:]
    assert all(line.endswith("ago") for line in lines)
    assert more == f"- and {20 - len(lines)} more"
    assert link == "https://backups.example.org/digest/2026-11-28"


def test_without_an_address_of_ours_there_are_no_links() -> None:
    _, text, html, short = digest_message(notice(busy()), Spoken(base_url=""))
    assert "http" not in text + short
    assert "href" not in html


def test_a_language_translates_the_words_and_not_the_names() -> None:
    subject = digest_message(notice(made([entry(1, account="Good")])), Spoken(say=GERMAN))[0]
    assert subject == "Sicherungen Sa, 28. Nov.: alle 1 OK — Acme"


def test_a_digest_goes_out_in_these_words_with_why_and_a_way_out_at_its_end() -> None:
    facts, links = notice(busy()), Links(unsubscribe="https://backups.example.org/n/abc")
    composed = compose(facts, Style(BERLIN, base_url="https://backups.example.org"), links)
    subject, text, _html, short = digest_message(facts, Spoken())
    assert (composed.type, composed.severity) == ("digest", "info")
    assert (composed.subject, composed.short) == (subject, short)
    assert composed.text.startswith(text)
    assert "Why you get this: it is sent regularly" in composed.text
    assert composed.text.rstrip().endswith("https://backups.example.org/n/abc")
    assert 'href="https://backups.example.org/n/abc"' in composed.html


def test_a_template_of_the_channel_is_used_for_a_digest_too() -> None:
    style = Style(BERLIN, templates={"subject": "Digest of {{ account }}"})
    assert compose(notice(busy()), style, Links()).subject == "Digest of Acme"
    broken = compose(notice(busy()), Style(BERLIN, templates={"text": "{{ nothing }}"}), Links())
    assert broken.template_failed
    assert broken.text.startswith(broken.template_failed)
    assert "NEEDS ATTENTION NOW" in broken.text


@pytest.mark.parametrize(
    ("before", "say", "line"),
    [
        ("Docs", ENGLISH, "Renamed: nas / a, before: Docs"),
        ("", ENGLISH, "Renamed: nas / a"),
        (" ", ENGLISH, "Renamed: nas / a"),
        ("", GERMAN, "Umbenannt: nas / a"),
    ],
)
def test_a_job_that_had_no_name_of_ours_before_was_renamed_and_no_more(
    before: str, say: Say, line: str
) -> None:
    renamed = (Part.CHANGED, plain_line("renamed", "nas / a", "main", at=NOW, text=before))
    _, text, _, _ = digest_message(notice(made([entry(1)], renamed)), Spoken(say=say))
    assert line in [told.removeprefix("- ").strip() for told in text.splitlines()]
