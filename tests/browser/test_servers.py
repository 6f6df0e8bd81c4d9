"""Servers in a browser: two are merged and are two again; one is exported and deleted. Without scripts, too."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from duplistat.config import Config
from duplistat.now import wall_clock
from duplistat.services.commands import Direct
from duplistat.services.servers.deletion import delete_server_rows
from duplistat.store.database import Database
from tests.browser.conftest import complaints_in, serving, signed_in
from tests.support.bodies import duplicati

PHONE = {"width": 390, "height": 844}
# How tall the part of the page is, at its left end, in which a finger hits this link or button and no other.
TOUCHED = """element => {
  element.scrollIntoView({block: "center"});
  const box = element.getBoundingClientRect(), x = box.left + Math.min(box.width / 2, 20);
  let touched = 0;
  for (let y = box.top - 45; y < box.bottom + 45; y++) {
    const hit = document.elementFromPoint(x, y);
    if (hit && hit.closest("a, button, select") === element) touched++;
  }
  return touched;
}"""


def night(day: int, machine: str, job: str = "photos") -> tuple[str, dict[str, Any]]:
    body = duplicati(f"2026-01-{day:02}T02:00:00Z", job=job, machine=machine, server="nas-keller")
    return "/api/upload", body


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def twins(data: Path) -> Iterator[str]:
    """A machine under an old id, and under a new one since the 8th; one night was told under both."""
    old = [night(day, "old-machine") for day in range(1, 9)]
    new = [night(day, "new-machine") for day in range(8, 12)]
    with serving(data, *old, *new, night(3, "old-machine", "music")) as address:
        yield address


@pytest.fixture(params=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser, twins: str) -> Iterator[Page]:
    context = signed_in(chromium.new_context(java_script_enabled=request.param == "with scripts"))
    page = context.new_page()
    complaints = complaints_in(page)
    page.goto(twins)
    yield page
    context.close()
    # A page that says what is wrong is an error for a browser.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def test_two_servers_are_merged_and_are_two_again(page: Page) -> None:
    page.get_by_role("link", name="All servers").click()
    # Their names are one: what tells them apart stands behind.
    page.get_by_role("link", name="nas-keller (new-mach").click()
    expect(page.get_by_text("This may be the same server as nas-keller")).to_be_visible()
    page.get_by_role("link", name="Preview merge").click()
    expect(page.locator(".lead")).to_contain_text(
        "4 runs move. 1 of them exists on both servers and is kept once. It can be undone for 30 days."
    )
    expect(
        page.get_by_role("row", name=re.compile("photos Merged with the job of the same name"))
    ).to_be_visible()
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url("**/servers/1")
    expect(page.get_by_role("status")).to_contain_text("nas-keller was merged into this server.")
    expect(page.locator(".rows tbody tr")).to_have_count(12)
    expect(page.get_by_text("new-machine")).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Undo merge").click()
    page.wait_for_url("**/servers/2")
    expect(page.get_by_role("status")).to_contain_text("Merge undone.")
    expect(page.locator(".rows tbody tr")).to_have_count(4)
    expect(page.get_by_text("This may be the same server as nas-keller")).to_be_visible()


def test_a_server_is_exported_and_deleted(page: Page, twins: str, data: Path) -> None:
    page.goto(f"{twins}/servers/1/edit")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the export").click()
    rows = gzip.decompress(Path(download.value.path()).read_bytes()).decode().splitlines()
    assert [json.loads(row).get("table") for row in rows].count("run") == 9

    page.get_by_text("Delete this server").first.click()
    expect(page.get_by_text("2 jobs, 9 runs and 0 events will be deleted")).to_be_visible()
    page.get_by_label("Type nas-keller to confirm").fill("nas")
    page.get_by_role("button", name="Delete this server").click()
    expect(page.get_by_text("The name does not match.")).to_be_in_viewport()
    expect(page.get_by_label("Type nas-keller to confirm")).to_be_focused()
    page.get_by_label("Type nas-keller to confirm").fill("nas-keller")
    page.get_by_role("button", name="Delete this server").click()
    page.wait_for_url(f"{twins}/")
    expect(page.locator("main").get_by_role("status").first).to_contain_text("nas-keller is being deleted.")

    config = Config(data=data)
    writes = Direct(Database(config.database_url), config)
    while not writes.run(delete_server_rows, server=1, now=wall_clock())["done"]:
        pass
    answer = page.goto(f"{twins}/servers/1")
    assert answer is not None
    assert answer.status == 404
    page.goto(f"{twins}/servers")
    expect(page.locator(".rows tbody tr")).to_have_count(1)


@pytest.mark.parametrize(
    "path", ["/servers", "/servers/1", "/servers/1/edit", "/servers/1/merge?other=2", "/events", "/partners"]
)
def test_on_a_phone_nothing_scrolls_sideways_and_targets_are_large(
    chromium: Browser, twins: str, path: str
) -> None:
    context = signed_in(chromium.new_context(viewport=PHONE))  # type: ignore[arg-type]  # a dict will do
    page = context.new_page()
    page.goto(twins + path)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # A link within a sentence is as tall as its line.
    for target in page.locator("main :is(a, button, select):not(.notice p a)").all():
        if target.is_visible():
            assert target.evaluate(TOUCHED) >= 40, target.text_content()
    context.close()
