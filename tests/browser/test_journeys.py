"""Journeys of people through the pages, each at a desk in daylight and on a phone in the dark.

The first one of a new server is in test_days.py.
"""

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from duplistat.http.context import KEY, Context
from duplistat.http.session_cookie import COOKIE
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree
from tests.browser.conftest import serving
from tests.support import signing
from tests.support.bodies import JSON, as_bytes, duplicati
from tests.support.known import id_of

LOOKS: dict[str, dict[str, Any]] = {
    "light-desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark-phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}
PASSWORD, NEW = "correct horse", "another battery staple"
# Each page complains itself when it is wider than its window: as it came, and after something was unfolded or shown.
COMPLAIN = """(() => {
  const look = () => document.documentElement.scrollWidth > innerWidth && console.error(`${location} scrolls sideways`);
  for (const name of ["load", "toggle", "shown"]) addEventListener(name, look, true);
})()"""
GROUND = "getComputedStyle(document.documentElement).backgroundColor"
NUMBERS = count(1)


@dataclass(frozen=True)
class Fleet:
    """A server on which each journey has servers and people of its own."""

    address: str
    ctx: Context

    def session(self, account: int | None = None) -> str:
        """The cookie of a new admin."""
        email = f"ada-{next(NUMBERS)}@example.org"
        return signing.session(self.ctx.db, account or self.ctx.main_account, self.ctx.now(), email=email)

    def report(self, body: bytes | dict[str, Any], key: str = "") -> int:
        return post(self.address, body, key)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    apps: list[Flask] = []
    with serving(tmp_path_factory.mktemp("journeys"), then=apps.append) as address:
        yield Fleet(address, apps[0].extensions[KEY])


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    """The name of a look, which names of a journey end in."""
    return str(request.param)


@pytest.fixture
def context(look: str, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in which no page may complain of anything, or be wider than its window."""
    context = chromium.new_context(locale="en-GB", **LOOKS[look])
    complaints: list[str] = []
    context.add_init_script(COMPLAIN)
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    for page in context.pages:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    context.close()
    # A page that says what is wrong in a form is an error for a browser.
    assert [text for text in complaints if "400 (BAD REQUEST)" not in text] == []


def post(address: str, body: bytes | dict[str, Any], key: str = "") -> int:
    headers = {"Content-Type": JSON} | ({"X-Api-Key": key} if key else {})
    request = urllib.request.Request(f"{address}/api/upload", as_bytes(body), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def night(server: str, job: str, result: str = "Success", *log: str, nights: int = 0) -> dict[str, Any]:
    """A report of the latest night, or of one before it."""
    began = datetime.now(UTC) - timedelta(days=nights, hours=7)
    lines = [f"{began:%Y-%m-%d %H:%M:%S} +00 - [{line}" for line in log]
    start = f"{began:%Y-%m-%dT%H:%M:%SZ}"
    return duplicati(start, server=server, machine=f"id-{server}", job=job, result=result) | {
        "LogLines": lines
    }


def come(context: BrowserContext, address: str, cookie: str) -> Page:
    """Somebody who is signed in opens the overview."""
    context.add_cookies([{"name": COOKIE, "value": cookie, "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.goto(address)
    return page


def go(page: Page, *names: str) -> None:
    """Click one link after the other; on a phone some are in a menu of the main navigation."""
    for name in names:
        link = page.get_by_role("link", name=name, exact=True).filter(visible=True).first
        if page.locator(".rooms .menu").get_by_text(name, exact=True).count() and not link.is_visible():
            page.locator(".rooms summary").click()
        link.click()


def save(page: Page, summary: str, button: str = "Save", **fields: str) -> None:
    """Unfold a form, fill it, send it."""
    page.locator("main summary").get_by_text(summary, exact=True).click()
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def arrange(page: Page) -> None:
    """Unfold what arranges the jobs, which a phone folds away."""
    summary = page.locator("#arrange:not([open]) > summary")
    if summary.is_visible():
        summary.click()


def unfold(page: Page) -> None:
    """Unfold the form that makes something new, unless it is open already."""
    # Not that of a page that is being left, which has none.
    expect(page.locator("details.create")).to_be_attached()
    if page.locator("details.create:not([open])").count():
        page.locator("details.create > summary").click()


def told(page: Page, text: str) -> None:
    """What the page says after a form."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def attention(page: Page, name: str) -> Locator:
    more = page.locator("#more-cases:not([open]) > summary")
    if more.is_visible():
        more.click()
    return page.locator(".cases li").filter(has_text=name)


def row(page: Page, name: str) -> Locator:
    """The row of a job on the overview."""
    return page.locator(".jobs tr").filter(has=page.get_by_role("link", name=name, exact=True))


def test_at_three_in_the_morning_the_error_is_found(context: BrowserContext, fleet: Fleet, look: str) -> None:
    job = f"mail-{look}"
    log = (
        "Information-Duplicati.Main-Start]: The operation has started",
        "Warning-Duplicati.Files-Locked]: /srv/mail/lock is in use",
        "Error-Duplicati.Backend-Put]: The disk of the cellar is full",
        "Error-Duplicati.Backend-Quit]: Gave up after 5 attempts",
    )
    fleet.report(night(f"post-{look}", job, nights=1))
    fleet.report(night(f"post-{look}", job, "Error", *log))
    page = come(context, fleet.address, fleet.session())
    attention(page, job).get_by_role("link", name=f"post-{look} / {job}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(job)
    page.locator("#history tr").filter(has_text="failed").get_by_role("link").click()
    lines = page.locator("#log tbody tr")
    expect(lines).to_have_count(3)
    page.get_by_role("link", name=re.compile("^all 4")).click()
    expect(lines).to_have_count(4)
    page.get_by_role("link", name=re.compile("^errors 2")).click()
    expect(lines).to_have_count(2)
    page.get_by_role("search", name="Search the log").get_by_role("searchbox").fill("CELLAR")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 line with “CELLAR”.")).to_be_visible()
    expect(lines).to_contain_text(["The disk of the cellar is full"])
    go(page, "Open")
    expect(page.get_by_text("Result", exact=True)).to_be_visible()
    expect(page.locator("pre")).to_contain_text(f'"backup-name": "{job}"')
    go(page, "Open run", job)
    expect(page.locator(".lead")).to_contain_text("ended with errors: The disk of the cellar is full.")


def test_a_job_is_found_and_the_chosen_order_is_kept(
    context: BrowserContext, fleet: Fleet, look: str
) -> None:
    for job, result in (("till", "Success"), ("stock", "Error"), ("books", "Warning")):
        fleet.report(night(f"shop-{look}", f"{job}-{look}", result))
    page = come(context, fleet.address, fleet.session())
    jobs = page.locator(".jobs tbody tr:not(.g):visible")
    page.get_by_role("searchbox", name="Search jobs and servers").press_sequentially(f"shop-{look}")
    expect(page.locator("#found").filter(has_text=f"jobs match “shop-{look}”.")).to_contain_text("3 of ")
    states = page.get_by_role("list", name="Filter by status")
    states.get_by_role("link", name=re.compile("warning")).click()
    expect(jobs).to_have_count(1)
    expect(jobs).to_contain_text(f"books-{look}")
    states.get_by_role("link", name="all 3").click()
    expect(jobs).to_have_count(3)
    arrange(page)
    page.get_by_label("Group by").select_option("None")
    expect(row(page, f"shop-{look} / till-{look}")).to_be_visible()
    page.get_by_label("Sort by").select_option("name")
    expect(jobs).to_contain_text([f"books-{look}", f"stock-{look}", f"till-{look}"])
    page.get_by_role("combobox", name="View", exact=True).select_option("cards")
    expect(page.locator(".jobs.cards")).to_be_visible()
    page.close()
    later = context.new_page()
    later.goto(fleet.address)
    expect(later.locator(".jobs.cards")).to_be_visible()
    expect(later.get_by_label("Sort by")).to_have_value("name")
    expect(row(later, f"shop-{look} / stock-{look}")).to_be_visible()


def test_a_line_of_attention_sleeps_and_is_woken(context: BrowserContext, fleet: Fleet, look: str) -> None:
    job = f"tapes-{look}"
    fleet.report(night(f"vault-{look}", job, "Error"))
    page = come(context, fleet.address, fleet.session())
    attention(page, job).locator("summary.button").click()
    attention(page, job).get_by_role("button", name="3 days").click()
    told(page, f"{job} is acknowledged until")
    expect(attention(page, job)).to_be_hidden()
    expect(row(page, job).get_by_text("failed").first).to_be_attached()
    go(page, job)
    expect(page.get_by_text("ends early if the status changes")).to_be_visible()
    go(page, "Overview")
    # As the link beside the counts does, where anything else needs attention: what is folded is opened.
    page.evaluate("location.hash = 'acknowledged'")
    attention(page, job).get_by_role("button", name="Unacknowledge").click()
    told(page, f"{job} is no longer acknowledged.")
    expect(attention(page, job).locator("summary.button")).to_be_visible()


def test_a_schedule_is_set_by_hand(context: BrowserContext, fleet: Fleet, look: str) -> None:
    fleet.report(night(f"desk-{look}", f"docs-{look}"))
    page = come(context, fleet.address, fleet.session())
    go(page, f"docs-{look}")
    page.locator("#schedule > summary").click()
    page.get_by_label("Schedule", exact=True).press_sequentially("mon-fri 22:30")
    page.get_by_label("Zone").fill("Europe/Berlin")
    understood = page.locator(".understood")
    expect(understood).to_contain_text("Monday to Friday at 22:30, Europe/Berlin")
    expect(understood.locator("tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Save", exact=True).click()
    told(page, "Schedule saved.")
    expect(page.get_by_text("Set by hand: Monday to Friday at 22:30, Europe/Berlin.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"\d\d:30 .*\d\d:30"))).to_have_count(5)
    # All times of the page are by one clock, the browser's: not by that of the job.
    expect(page.locator(".next")).to_contain_text(page.locator("aside td").first.inner_text())
    expect(page.locator(".lead")).to_contain_text(page.locator("#history td").first.inner_text())
    save(page, "Edit schedule", **{"Grace period (minutes)": "90"})
    told(page, "Schedule saved.")
    expect(page.get_by_text("Grace period: 1 h 30 min (set for this job).")).to_be_visible()
    save(page, "Edit schedule", "Detect automatically")
    told(page, "Saved. The schedule is detected automatically.")


def test_a_job_is_paused_resumed_and_given_a_window(context: BrowserContext, fleet: Fleet, look: str) -> None:
    job, soon = f"films-{look}", datetime.now(UTC) + timedelta(days=2)
    fleet.report(night(f"attic-{look}", job))
    page = come(context, fleet.address, fleet.session())
    go(page, job)
    save(page, "Pause", "Pause", Paused_until=f"{soon:%Y-%m-%d}T08:00")
    told(page, "Job paused until")
    go(page, "Overview")
    expect(row(page, job)).to_contain_text("paused")
    go(page, job)
    save(page, "Resume or extend pause", "Resume now")
    told(page, "Job resumed.")
    save(page, "Maintenance window", From=f"{soon:%Y-%m-%d}T20:00", Until=f"{soon:%Y-%m-%d}T19:00")
    expect(page.locator(".wrong")).to_be_visible()
    page.get_by_label("Until", exact=True).fill(f"{soon:%Y-%m-%d}T22:15")
    page.get_by_role("button", name="Save", exact=True).click()
    told(page, "Maintenance window saved.")
    expect(page.get_by_text(re.compile("^Maintenance .*20:00 to .*22:15"))).to_be_visible()
    go(page, "Overview")
    expect(row(page, job)).to_contain_text("OK")


def test_a_job_gets_another_name_notes_and_tags(context: BrowserContext, fleet: Fleet, look: str) -> None:
    fleet.report(night(f"home-{look}", f"job-1-{look}"))
    page = come(context, fleet.address, fleet.session())
    go(page, f"job-1-{look}")
    alias, tag = f"Family photos {look}", f"private {look}"
    save(
        page, "Edit details",
        Notes="Restore: see the folder\nin the safe.", Display_name=alias, Tags=f"{tag}, offsite {look}",
    )  # fmt: skip
    told(page, "Saved.")
    expect(page.get_by_role("heading", level=1)).to_contain_text(alias)
    expect(page.get_by_text(f"Original name: job-1-{look}.")).to_be_visible()
    expect(page.get_by_text("Restore: see the folder").first).to_be_visible()
    go(page, "Overview")
    arrange(page)
    page.locator("select[name=tag]").select_option(tag)
    jobs = page.locator(".jobs tbody tr:not(.g):visible")
    expect(jobs).to_have_count(1)
    expect(jobs).to_contain_text(alias)
    go(page, "Show all")
    page.get_by_role("searchbox").press_sequentially(f"safe {look}")
    expect(jobs).to_have_count(1)
    go(page, alias)
    expect(page.get_by_role("heading", level=1)).to_contain_text(alias)


def test_a_server_gets_another_name_goes_away_and_comes_back(
    context: BrowserContext, fleet: Fleet, look: str
) -> None:
    alias = f"Cellar NAS {look}"
    for server in ("ds218", "ds220"):
        fleet.report(night(f"{server}-{look}", "music"))
    page = come(context, fleet.address, fleet.session())
    go(page, f"ds218-{look}", "Edit")
    page.get_by_label("Display name").fill(alias)
    page.get_by_label("Notes").fill("Behind the boiler.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(alias)
    expect(page.get_by_text("Behind the boiler.")).to_be_visible()
    go(page, "Overview", alias, "Edit")
    page.get_by_role("button", name="Archive server").click()
    told(page, "Server archived.")
    go(page, "Overview")
    expect(page.get_by_role("heading", name="All jobs")).to_be_visible()
    expect(page.get_by_role("link", name=alias)).to_have_count(0)
    go(page, "All servers (including archived)")
    archive = page.locator("section").filter(has=page.get_by_role("heading", name="Archived servers"))
    archive.get_by_role("link", name=alias).click()
    page.get_by_role("button", name="Restore server").click()
    told(page, "Server restored.")
    go(page, "Overview", alias)
    expect(page.locator(".counts").get_by_text("1 OK")).to_be_visible()


def test_a_key_is_made_used_and_revoked(context: BrowserContext, fleet: Fleet, look: str) -> None:
    name, job = f"laptop of Eva {look}", f"letters-{look}"
    page = come(context, fleet.address, fleet.session())
    go(page, "Settings", "API keys")
    unfold(page)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create key").click()
    told_key = page.get_by_label("New API key")
    expect(page.get_by_text("Copy it now.")).to_be_visible()
    key = told_key.inner_text()
    assert fleet.report(night(f"laptop-{look}", job), key) == 200
    go(page, "Overview")
    expect(row(page, job)).to_be_visible()
    go(page, "Settings", "API keys")
    expect(told_key).to_have_count(0)
    assert key not in page.content()
    expect(page.get_by_role("row", name=name)).to_contain_text("127.0.0.1")
    go(page, name)
    save(page, "Revoke key", "Revoke key", **{f"Type {name} to confirm": name})
    told(page, f"API key {name} revoked.")
    expect(page.get_by_role("row", name=name)).to_contain_text("revoked")
    with pytest.raises(HTTPError, match="401"):
        fleet.report(night(f"laptop-{look}", job), key)


def test_a_viewer_comes_in_and_can_change_nothing_but_a_password(
    context: BrowserContext, chromium: Browser, fleet: Fleet, look: str
) -> None:
    email, job = f"vera-{look}@example.org", f"plans-{look}"
    fleet.report(night(f"bureau-{look}", job, "Error"))
    page = come(context, fleet.address, fleet.session())
    go(page, "Settings", "Users")
    unfold(page)
    page.get_by_label("Name", exact=True).fill(f"Vera {look}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Viewer: view status").check()
    page.get_by_role("button", name="Create user").click()
    first = page.get_by_label("New password").inner_text()
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, email, first)
    attention(page, job).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(job)
    # How charts are drawn is the reader's own.
    forms = page.locator("main form[method=post]:not([action='/preferences'])")
    for where in (forms, page.get_by_text("Edit schedule")):
        expect(where).to_have_count(0)
    go(page, "Overview")
    expect(page.get_by_text("Acknowledge", exact=True)).to_have_count(0)
    go(page, "Settings")
    subjects = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(subjects).to_have_text(["Profile", "Sessions"])
    subjects.first.click()
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("Confirm password").fill(NEW)
    page.get_by_label("Current password").fill(first)
    page.get_by_role("button", name="Save sign-in").click()
    told(page, "Password changed.")
    with chromium.new_context(**LOOKS[look]) as elsewhere:
        other = elsewhere.new_page()
        other.goto(fleet.address)
        sign_in(other, email, NEW)
        # On a phone it is on the page of all subjects.
        go(page, "Settings", "Sessions")
        sessions = page.locator(".rows tbody tr")
        expect(sessions).to_have_count(2)
        expect(sessions.filter(has_text="this session")).to_have_count(1)
        page.get_by_role("button", name="Sign out other sessions").click()
        expect(sessions).to_have_count(1)
        go(other, "Settings")
        expect(other.get_by_role("button", name="Sign in")).to_be_visible()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="All jobs")).to_be_visible()


def test_what_nobody_could_read_is_looked_at_and_put_away(
    context: BrowserContext, fleet: Fleet, look: str
) -> None:
    fleet.report(night(f"garage-{look}", "dump"))
    with pytest.raises(HTTPError, match="400"):
        fleet.report(f"Backup of {look} finished, have a nice day".encode())
    page = come(context, fleet.address, fleet.session())
    expect(page.get_by_text("1 report could not be processed.")).to_be_visible()
    go(page, "Review")
    page.locator("tbody").get_by_role("link").first.click()
    expect(page.locator("pre")).to_contain_text(f"Backup of {look} finished")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="No unrecognised reports")).to_be_visible()
    go(page, "Dismissed")
    page.locator("tbody").get_by_role("link").first.click()
    expect(page.locator("pre")).to_contain_text(f"Backup of {look} finished")
    go(page, "Overview")
    expect(page.get_by_role("heading", name="All jobs")).to_be_visible()
    expect(page.get_by_text("could not be processed")).to_have_count(0)


def test_a_partner_sees_the_worst_customer_first(context: BrowserContext, fleet: Fleet, look: str) -> None:
    db, now = fleet.ctx.db, fleet.ctx.now()
    partner = tree.create(db, f"Partner {look}", id_of(db, "main"), now)
    for customer, result in (("Bakery", "Success"), ("Dentist", "Error"), ("Florist", "Warning")):
        account = tree.create(db, f"{customer} {look}", id_of(db, partner.name), now)
        key = api_keys.create(db, account=account.id, name="all", scopes=[Scope.INGEST], now=now)
        fleet.report(night(f"pc-{customer}-{look}", f"files of {customer}", result), key)
    page = come(context, fleet.address, fleet.session(partner.id))
    go(page, "Customers")
    expect(page.locator(".lead")).to_have_text("1 of 3 customers needs attention, 1 with warnings")
    sets = page.locator("#jobs .rows tbody tr")
    expect(sets).to_contain_text(["files of Dentist", "files of Florist", "files of Bakery"])
    page.get_by_role("row", name=f"Dentist {look}").first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Dentist {look}")
    expect(sets).to_have_count(1)
    with page.expect_download() as download:
        go(page, "Export CSV")
    table = Path(download.value.path()).read_text()
    assert f"pc-Dentist-{look}" in table
    assert "Bakery" not in table
    go(page, "files of Dentist")
    expect(page.get_by_role("heading", level=1)).to_contain_text("files of Dentist")
    go(page, "Customers", f"Bakery {look}", "All customers")
    expect(sets).to_have_count(3)


def test_a_german_in_the_dark_finds_in_the_audit_log_what_was_done(
    context: BrowserContext, fleet: Fleet, look: str
) -> None:
    job = f"akten-{look}"
    fleet.report(night(f"amt-{look}", job))
    page = come(context, fleet.address, fleet.session())
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("link", name="Übersicht")).to_be_visible()
    before, chosen = page.evaluate(GROUND), "Hell" if look == "dark-phone" else "Dunkel"
    page.locator(".top > .menu > summary").click()
    page.evaluate("window.kept = true")
    page.get_by_role("button", name=chosen, exact=True).click()
    expect(page.get_by_role("button", name=chosen, exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(GROUND) != before
    assert page.evaluate("window.kept")
    page.reload()
    assert page.evaluate(GROUND) != before
    go(page, job)
    save(page, "Details bearbeiten", "Speichern", Tags=f"amtlich {look}")
    told(page, "Gespeichert.")
    go(page, "Einstellungen", "Audit-Protokoll")
    entry = page.get_by_role("row").filter(has_text=job)
    expect(entry).to_contain_text("Job bearbeitet")
    expect(entry.locator("ins")).to_have_text(f"amtlich {look}")
    assert page.evaluate(GROUND) != before
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(entry).to_contain_text("job edited")
