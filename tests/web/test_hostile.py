"""What reports bring may be anything: it is shown, and does nothing."""

import re

import pytest

from duplistat.web.formatting import spaced, visible
from tests.web.site import Site

SCRIPT = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
ADDRESSES = ("/", "/servers/1", "/jobs/1", "/runs/1", "/runs/1?level=all&q=%3Cscript%3E")


@pytest.fixture
def hostile(site: Site) -> Site:
    name = f"{SCRIPT}\x1b[31m\u202egnp.exe"
    site.warn(name, name, messages=[{"level": "warning", "message": name}])
    site.db.execute("UPDATE server SET alias = ?, facts = ?", (name, '{"agent_version":"<script>"}'))
    site.db.execute("UPDATE run SET status = 'other', status_text = ?, operation = ?", (name, SCRIPT))
    site.db.execute(
        "UPDATE run SET details = ?",
        (
            '{"numbers":{"<script>":1},"facts":{"<script>":"<script>"},"steps":[{"operation":"<script>",'
            '"status":"error","started_at":null,"duration_ms":1,"numbers":{"<script>":1},"problems":["<script>"]}]}',
        ),
    )
    return site


@pytest.mark.parametrize("address", ADDRESSES)
def test_markup_in_names_and_logs_stays_text(hostile: Site, address: str) -> None:
    html = hostile.html(address)
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("address", ADDRESSES)
def test_control_characters_and_overrides_are_shown_and_not_sent(hostile: Site, address: str) -> None:
    html = hostile.html(address)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    assert "␛[31m" in html
    assert "⟪U+202E⟫" in html


def test_a_name_of_ten_thousand_characters_leaves_the_page_small(site: Site) -> None:
    site.fail("s" * 10_000, "j" * 10_000, messages=[{"level": "error", "message": "e" * 10_000}])
    # Each of the ninety days of a job is a link.
    for address, most in (("/", 25_000), ("/servers/1", 25_000), ("/jobs/1", 34_000)):
        assert len(site.html(address)) < most


def test_a_name_cannot_end_an_attribute_that_has_no_quotes(site: Site) -> None:
    site.report("a onmouseover=alert(1) b", "c onmouseover=alert(1) d")
    assert not re.search(r"<[^>]*onmouseover", site.html("/"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße, 北京 👩‍💻", "Grüße, 北京 👩‍💻"),
        ("\x1b[0m\x00\x7f", "␛[0m␀␡"),
        ("a\nb\tc", "a␊b␉c"),
        ("\u202eevil\u2066\ufeff\x85", "⟪U+202E⟫evil⟪U+2066⟫⟪U+FEFF⟫⟪U+0085⟫"),
    ],
)
def test_what_acts_and_is_not_seen_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_in_a_log_line_ends_and_tabs_stay_and_lone_returns_are_shown() -> None:
    assert visible("a\r\n\tb\rc", lines=True) == "a\n\tb␍c"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SizeOfAddedFiles", "Size of added files"),
        ("KnownFilesets", "Known filesets"),
        ("DBSize", "DB size"),
        ("retry_attempts", "Retry attempts"),
        ("", ""),
        ("<script>", "Script"),
    ],
)
def test_names_of_counters_become_words(name: str, words: str) -> None:
    assert spaced(name) == words
