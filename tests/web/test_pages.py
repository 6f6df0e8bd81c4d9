"""What holds for every page: nothing inline, nothing from elsewhere, errors in words, files that may be kept."""

import gzip
import re
from pathlib import Path

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.web import error_page
from tests.support.untimed import untimed
from tests.web.site import Site, headline

CSS = Path(__file__).parents[2] / "static" / "app.css"
SCRIPT = r'<script (?:type="module"|defer) src="/static/((?:vendor/)?[\w.]+\.js)\?v=[0-9a-f]{12}"></script>'
# name: least contrast is asked for on both grounds.
COLOURS = ("ink", "ink-2", "ok", "warn", "fail", "late", "run", "idle")


@pytest.fixture
def pages(site: Site) -> list[str]:
    """Every kind of page, with something of everything on it."""
    empty, no_events = site.html("/"), site.html("/events")
    site.warn()
    site.fail()
    site.nightly(nights=9, until=2)
    for severity in ("info", "warning", "error", "critical"):
        site.notify("web-01", severity=severity)
    site.sweep()
    site.client.post("/api/upload", data=b"nonsense")
    addresses = (
        "/",
        "/?select=1",
        "/servers/1",
        "/servers/3",
        "/jobs/1",
        "/jobs/3",
        "/runs/1",
        "/runs/2?level=all&q=source",
        "/alerts",
        "/alerts/notices",
        "/alerts/silences",
        "/events",
        "/events?severity=error&server=3",
    )
    astray = (site.html("/nothing", 404), site.html("/password?recoverycode=x", 400))
    return [empty, no_events, *(site.html(address) for address in addresses), *astray]


def test_no_page_has_inline_style_or_script_or_asks_another_host(pages: list[str]) -> None:
    for html in pages:
        for script in re.findall(r"<script\b.*?</script>", html, re.DOTALL):
            assert re.fullmatch(SCRIPT, script)
        assert not re.search(r"<(style|iframe|object)\b", html)
        assert not re.search(r"<[^>]*\s(style|on\w+)\s*=", html)
        addresses = re.findall(r'\b(?:href|src|action)="?([^"\s>]+)', html)
        assert addresses
        assert all(re.match(r"/(?!/)|#", address) for address in addresses)


def test_every_page_has_one_first_heading_a_title_and_a_way_past_the_head(pages: list[str]) -> None:
    for html in pages:
        assert len(re.findall(r"<h1\b", html)) == 1
        assert re.search(r"<title>.+ – duplistat</title>", html)
        assert '<a class="skip" href="#main">' in html
        assert '<html lang="en"' in html


def test_every_page_leads_to_the_others_and_says_which_it_is(pages: list[str], site: Site) -> None:
    # The last one is of those who are not signed in.
    for html in pages[:-1]:
        assert re.search(
            r'<a href="/"[^>]*>Overview</a>\s*<a href="/servers"[^>]*>Servers</a>\s*<a href="/alerts"[^>]*>Alerts</a>',
            html,
        )
    assert '<a href="/" aria-current="page" data-go="o">Overview</a>' in site.html("/?state=ok")
    assert '<a href="/events" aria-current="page" data-go="e">Events</a>' in site.html("/events")
    for address in ("/alerts", "/alerts/rules", "/digest", "/digest/settings", "/evidence"):
        assert '<a href="/alerts" aria-current="page" data-go="a">Alerts</a>' in site.html(address)
    assert '<a href="/servers" aria-current="page" data-go="v">Servers</a>' in site.html("/servers/1")
    assert 'aria-current="page"' not in site.html("/jobs/1")


def test_every_time_says_its_zone_on_hover(pages: list[str]) -> None:
    assert [found for html in pages for found in untimed(html)] == []
    told = '<p>On 11 Nov, at 02:00:13; 6 h ago</p><time title="02:00 CET">02:00</time> <pre>02:00</pre>'
    assert len(untimed(told)) == 3


def test_every_state_has_a_word_beside_its_shape(pages: list[str]) -> None:
    marks = {
        mark
        for html in pages
        for mark in re.findall(r'<i class="?(\w+)"?(?: title="\w+")?>([\w ]+)</i>', html)
    }
    assert {("overdue", "overdue"), ("failed", "failed"), ("warning", "warning"), ("ok", "OK")} <= marks
    assert {(severity, severity) for severity in ("info", "warning", "error", "critical")} <= marks
    words = {"ok": "OK", "stuck": "stalled", "never": "no result yet"}
    assert all(words.get(name, name) == word for name, word in marks)


def test_pages_may_not_be_kept_but_files_with_their_hash_may(site: Site) -> None:
    response = site.client.get("/")
    assert response.headers["Cache-Control"] == "private, no-cache"
    address = re.search(r'href="(/static/app\.css\?v=[0-9a-f]{12})"', response.text)
    assert address is not None
    with site.client.get(address[1]) as kept, site.client.get("/static/app.css?v=000000000000") as other:
        assert "immutable" in kept.headers["Cache-Control"]
        assert "immutable" not in other.headers.get("Cache-Control", "")


def test_an_address_without_a_page_says_so_in_words(site: Site) -> None:
    html = site.html("/nope/<b>", 404)
    assert headline(html) == "There is nothing at this address."
    assert "/nope/&lt;b&gt;" in html


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/servers/7", "Server not found."),
        ("/jobs/7", "Job not found."),
        ("/runs/7", "Run not found or deleted by retention."),
        ("/deliveries/7", "Report not found or deleted by retention."),
        (f"/jobs/{2**63}", "There is nothing at this address."),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(site: Site, address: str, words: str) -> None:
    assert headline(site.html(address, 404)) == words


def test_an_error_page_needs_no_database_and_says_when_to_try_again(site: Site) -> None:
    with site.app.test_request_context("/jobs/1"):
        response = error_page(
            DuplistatError(Kind.UNAVAILABLE, "The database cannot be reached at the moment")
        )
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert headline(response.get_data(as_text=True)) == "The database cannot be reached at the moment."
    assert "Try again in a moment" in response.get_data(as_text=True)


def test_a_page_has_few_scripts_of_ours(pages: list[str]) -> None:
    for html in pages:
        names = [name for name in re.findall(SCRIPT, html) if not name.startswith("vendor/")]
        assert "app.js" in names
        # Formatted for who reads them. Compressed, as a proxy sends them, indentation is next to nothing.
        sources = [(CSS.parent / name).read_bytes() for name in names]
        assert sum(map(len, sources)) < 21_000
        assert sum(len(gzip.compress(source, mtime=0)) for source in sources) < 8_500


def test_the_style_sheet_is_small_and_asks_for_nothing() -> None:
    css = CSS.read_text("utf-8")
    # A line for each declaration; compressed, as a proxy sends it, that is next to nothing.
    assert len(css.encode()) < 30_000
    assert len(gzip.compress(css.encode(), mtime=0)) < 8_000
    assert "url(" not in css
    assert "@import" not in css


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_both_grounds(scheme: int) -> None:
    both = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)", CSS.read_text("utf-8"))
    colours = {name: colour[scheme] for name, *colour in both}
    for name in COLOURS:
        for ground in ("ground", "card"):
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Of #rrggbb or #rgb, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
