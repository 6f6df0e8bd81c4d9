"""Alerts in a browser: a test is shown as it happens, also without scripts; pages of signed links are good for all."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from duplistat.core.alerts.links import Verb
from duplistat.http.context import KEY, Context
from duplistat.services.alerts import signing
from duplistat.store import attempts, channels, notices
from tests.browser.conftest import EVIL, serving, signed_in
from tests.browser.test_every_page import AXE, all_wrong
from tests.support.bodies import SAMPLES, sample
from tests.support.furnishing import furnish


class Place:
    """A server with alerts, its address, and what is behind it."""

    def __init__(self) -> None:
        self.address = ""
        self.ctx: Context

    def fill(self, app: Flask) -> None:
        furnish(app, lambda text: f"{text} {EVIL}")
        self.ctx = app.extensions[KEY]

    def link(self, verb: Verb, *, uid: str = "u" * 26, recipient: int = 0) -> str:
        config, now = self.ctx.config, self.ctx.now()
        url = signing.url(config, uid=uid, verb=verb, recipient=recipient, now=now)
        return url.removeprefix(config.own_url)

    def answer(self) -> None:
        """Let the test that waits come to an end."""
        db, now = self.ctx.db, self.ctx.now()
        (test,) = [one for one in notices.page(db, (1,), result="") if one.kind == "test"]
        with db.transaction():
            attempts.begin(db, test.id, 1, "sender", now)
            attempts.end(
                db, test.id, 1, "sender", ms=41, outcome="sent", code="250", answer="2.0.0 queued as 4F"
            )
            db.execute("UPDATE notice SET result = 'sent', ended_at = ? WHERE id = ?", (now, test.id))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place()
    reports = [("/api/upload", body) for body in map(sample, SAMPLES)]
    with serving(tmp_path_factory.mktemp("alerts"), *reports, then=found.fill) as address:
        found.address = address
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context())
    yield context.new_page()
    context.close()


def channel_of(place: Place) -> int:
    return next(row.id for row in channels.all_channels(place.ctx.db) if row.name.startswith("On call"))


def test_what_becomes_of_a_test_is_shown_as_it_happens(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/alerts/channels/{channel_of(place)}")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#test")).to_contain_text("waiting")
    place.answer()
    expect(page.locator("#test")).to_contain_text("2.0.0 queued as 4F")
    expect(page.get_by_label("Code")).to_be_visible()


def test_it_is_shown_without_scripts_when_the_page_is_loaded_again(chromium: Browser, place: Place) -> None:
    context = signed_in(chromium.new_context(java_script_enabled=False))
    page = context.new_page()
    page.goto(f"{place.address}/alerts/channels/{channel_of(place)}")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#test")).to_contain_text("waiting")
    place.answer()
    page.reload()
    expect(page.locator("#test")).to_contain_text("2.0.0 queued as 4F")
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)], ids=["desktop", "phone"])
def test_pages_of_signed_links_are_quiet_fit_and_good_for_all(
    chromium: Browser, place: Place, theme: str, width: int
) -> None:
    db = place.ctx.db
    with db.transaction():
        recipient = channels.add_recipient(db, channel_of(place), f"eva-{width}@example.org", None)
    assert recipient is not None
    told = next(one for one in notices.page(db, (1,)) if one.kind != "test")
    paths = [
        place.link(Verb.ACKNOWLEDGE, uid=told.uid),
        place.link(Verb.VERIFY, recipient=recipient),
        place.link(Verb.UNSUBSCRIBE, recipient=recipient),
        "/n/nonsense",
    ]
    context: BrowserContext = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme="dark" if theme == "dark" else "light"
    )
    context.add_init_script(path=AXE)
    assert all_wrong(context, place.address, paths) == {}
    context.close()


def test_a_link_acknowledges_with_one_button(chromium: Browser, place: Place) -> None:
    told = next(one for one in notices.page(place.ctx.db, (1,)) if one.kind != "test")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(place.address + place.link(Verb.ACKNOWLEDGE, uid=told.uid))
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_contain_text("Acknowledged. Nobody is reminded until then.")
    context.close()
