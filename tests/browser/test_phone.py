"""The pages as an app on a phone, in Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import signed_in

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport=PHONE))  # type: ignore[arg-type]  # a dict will do
    yield context.new_page()
    context.close()


def test_the_manifest_is_valid(page: Page, served: str) -> None:
    page.goto(served)
    told = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert told["url"] == f"{served}/app.webmanifest"
    assert told["errors"] == []
    assert told["data"]
