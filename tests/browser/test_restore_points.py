"""Restore points, opened from the overview."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import serving, signed_in
from tests.support.bodies import duplicati

LINES = [
    "2026-01-28 03:00:05 +01 - [Information-Duplicati.Library.Main.Operation.DeleteHandler:RetentionPolicy-A]: "
    "Backups to consider: 27.01.2026 03:00:00, 26.01.2026 03:00:00"
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    body = duplicati("2026-01-28T02:00:00Z") | {"LogLines": LINES}
    with serving(tmp_path_factory.mktemp("told"), ("/api/upload", body)) as address:
        yield address


def test_the_number_of_versions_opens_the_list(chromium: Browser, told: str, tmp_path: Path) -> None:
    context = signed_in(chromium.new_context(viewport={"width": 1280, "height": 900}))
    page = context.new_page()
    page.goto(told)
    dialog = page.get_by_role("dialog", name="Restore points")
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="7", exact=True).click()
    expect(dialog).to_contain_text("2 restore points")
    expect(dialog.locator("li")).to_have_count(2)
    assert page.url == f"{told}/"
    page.screenshot(path=tmp_path / "dialog.png")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    context.close()
