"""All schedules in a browser: a row is set in place, with and without scripts; a spreadsheet is looked at and set."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from duplistat.http.context import KEY
from duplistat.now import wall_clock
from duplistat.store import channels, rules
from tests.browser.conftest import complaints_in, serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.support.bodies import duplicati


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    posts: list[tuple[str, bytes | dict[str, Any]]] = [
        ("/api/upload", duplicati("2026-01-28T02:00:00Z", job=name, server="nas")) for name in ("a", "b")
    ]
    with serving(tmp_path, *posts, then=_somebody_hears) as address:
        yield address


def _somebody_hears(app: Flask) -> None:
    """A rule for all jobs, which tells a channel."""
    db, now = app.extensions[KEY].db, wall_clock()
    values = {"kind": "webhook", "config": "", "shown": "hooks.example.org", "state": "on"}
    with db.transaction():
        channel = channels.add(
            db, {"account_id": 1, "name": "ops", **values, "state_at": now, "created_at": now}
        )
        rules.add(db, 1, "On call", f'{{"steps": [{{"minutes": 0, "channels": [{channel}]}}]}}', now)


@pytest.fixture(params=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(java_script_enabled=request.param == "with scripts"))
    page = context.new_page()
    complaints = complaints_in(page)
    yield page
    context.close()
    assert complaints == []


def test_a_row_is_set_in_place(page: Page, address: str, request: pytest.FixtureRequest) -> None:
    page.goto(f"{address}/schedules")
    row = page.locator("#job-2")
    row.get_by_label("Schedule: nas / b").fill("mon-fri 22:30")
    if "without" in request.node.name:
        row.get_by_role("button", name="Preview: nas / b").click()
    expect(row.locator(".understood")).to_contain_text("Monday to Friday at 22:30")
    expect(row.locator(".understood tbody tr")).to_have_count(5)
    expect(page.locator("#job-1 .understood")).to_have_text("")
    row.get_by_label("Grace (minutes): nas / b").fill("15")
    row.get_by_role("button", name="Save: nas / b").click()
    expect(page.get_by_text("nas / b: saved. Monday to Friday at 22:30")).to_be_visible()
    expect(row.get_by_label("Schedule: nas / b")).to_have_value("weekdays 22:30")
    expect(row.get_by_label("Grace (minutes): nas / b")).to_have_value("15")


def test_a_spreadsheet_is_looked_at_and_set(page: Page, address: str, tmp_path: Path) -> None:
    file = tmp_path / "schedules.csv"
    file.write_text("job_id,schedule\n1,daily 02:00\n2,sometimes\n", "utf-8")
    page.goto(f"{address}/schedules")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Show changes").click()
    expect(page.get_by_text("1 job would change.")).to_be_visible()
    expect(page.get_by_text("Line 3")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert not page.evaluate(SIDEWAYS)
    page.get_by_role("button", name="Change 1 job").click()
    expect(page.locator("#job-1").get_by_label("Schedule: nas / a")).to_have_value("daily 02:00")


def test_a_job_is_silenced_in_place_and_heard_of_again_by_a_spreadsheet(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(f"{address}/schedules")
    row = page.locator("#job-2")
    expect(row).to_contain_text("On call")
    # Whatever the zone of the browser, it is in the future.
    until = datetime.now(UTC) + timedelta(days=3)
    row.get_by_label("Silence until: nas / b").fill(f"{until:%Y-%m-%dT%H:%M}")
    row.get_by_role("button", name="Save: nas / b").click()
    expect(page.locator(".notice.ok")).to_contain_text("Silenced until")
    expect(row).to_contain_text("silenced until")
    expect(page.locator("#job-1")).not_to_contain_text("silenced until")
    page.goto(f"{address}/jobs/2")
    page.locator("details").filter(has_text="silenced until").locator("summary").first.click()
    expect(page.get_by_text("silenced until")).to_be_visible()
    # On a phone a closed row says so too.
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/schedules?show=silenced")
    expect(row.get_by_text("silenced until")).to_be_visible()
    expect(row.get_by_label("Silence until: nas / b")).to_be_hidden()
    assert not page.evaluate(SIDEWAYS)
    file = tmp_path / "schedules.csv"
    file.write_text("job_id,silenced_until_utc\n2,\n", "utf-8")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Show changes").click()
    expect(page.get_by_role("row").filter(has_text="nas / b")).to_contain_text("blank")
    page.get_by_role("button", name="Change 1 job").click()
    expect(page.get_by_text("1 job was set.")).to_be_visible()
    expect(row).not_to_contain_text("silenced until")


def test_on_a_phone_a_row_is_closed_until_its_form_is_wanted(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/schedules")
    row, other = page.locator("#job-2"), page.locator("#job-1")
    expect(row).to_contain_text("No schedule known yet")
    expect(row.get_by_label("Schedule: nas / b")).to_be_hidden()
    expect(row.get_by_role("button", name="Save: nas / b")).to_be_hidden()
    row.locator("summary").click()
    row.get_by_label("Schedule: nas / b").fill("daily 02:00")
    expect(other.get_by_label("Schedule: nas / a")).to_be_hidden()
    row.get_by_label("Time zone: nas / b").fill("UTC")
    row.get_by_role("button", name="Save: nas / b").click()
    expect(row).to_contain_text("Set by hand: every day at 02:00")
    expect(row.get_by_label("Schedule: nas / b")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_goes_sideways(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{address}/schedules")
    assert not page.evaluate(SIDEWAYS)
