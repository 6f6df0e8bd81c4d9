"""The pages as an app on a phone, in Chromium: installed, not connected, signed out."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect

from duplistat.http.context import KEY
from duplistat.services.accounts import tree
from duplistat.services.bootstrap import main_account
from tests.browser.conftest import add_ada, serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.support.bodies import sample
from tests.support.people import PASSWORD
from tests.support.serving import until

PHONE: ViewportSize = {"width": 390, "height": 844}
# What the worker keeps of who is signed in; "" for nothing.
OWN = """async () => {
    await navigator.serviceWorker.ready;
    return (await (await caches.match("/offline", {cacheName: "duplistat / own"}))?.text()) ?? "";
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport=PHONE, timezone_id="Europe/Berlin"))
    yield context.new_page()
    context.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test did not."""
    with ExitStack() as stack:
        yield stack


def a_server(stack: ExitStack, data: Path) -> str:
    """Its address, with a job that failed, and Ada, who can sign in."""

    def add(app: Flask) -> None:
        db = app.extensions[KEY].db
        add_ada(db, tree.by_id(db, main_account(db)))

    return stack.enter_context(serving(data, ("/api/upload", sample("08_backup_error")), then=add))


def wait_until_kept(page: Page, text: str) -> None:
    # Not by a function that the page is asked until it is true: of one that is async the first promise would do.
    until(lambda: text in page.evaluate(OWN), "what the worker keeps")


def test_the_manifest_is_valid(page: Page, served: str) -> None:
    page.goto(served)
    told = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert told["url"] == f"{served}/app.webmanifest"
    assert told["errors"] == []
    assert told["data"]


def test_what_is_not_connected_says_how_old_its_data_are_until_it_is_again(
    page: Page, stack: ExitStack, tmp_path: Path
) -> None:
    address = a_server(stack, tmp_path)
    page.goto(address)
    wait_until_kept(page, "needs attention")
    before = datetime.now(UTC)
    stack.close()

    page.clock.install(time=before + timedelta(hours=2))
    page.goto(f"{address}/servers")
    bar = page.get_by_role("status").filter(has_text="Not connected")
    expect(bar).to_have_text(
        re.compile(r"Not connected; data from (today|yesterday) \d\d:\d\d \(2 h ago\)\.")
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("needs attention")
    # In its own looks, all of which it had.
    assert page.evaluate("getComputedStyle(document.querySelector('.cases')).listStyleType") == "none"
    assert not page.evaluate(SIDEWAYS)
    assert page.url == f"{address}/servers"


def test_a_sign_out_clears_what_was_kept(page: Page, stack: ExitStack, tmp_path: Path) -> None:
    address = a_server(stack, tmp_path)
    page.goto(address)
    wait_until_kept(page, "needs attention")
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    until(lambda: "needs attention" not in page.evaluate(OWN), "that the worker forgets")
    stack.close()
    page.goto(f"{address}/servers")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    assert "needs attention" not in page.content()


def test_who_signs_in_again_is_kept_something_at_once(page: Page, stack: ExitStack, tmp_path: Path) -> None:
    address = a_server(stack, tmp_path)
    page.goto(address)
    wait_until_kept(page, "needs attention")
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{address}/")
    wait_until_kept(page, "needs attention")


def test_the_worker_never_touches_the_api(page: Page, stack: ExitStack, tmp_path: Path) -> None:
    address = a_server(stack, tmp_path)
    page.goto(address)
    wait_until_kept(page, "needs attention")
    assert page.evaluate("fetch('/api/ping').then(answer => answer.status)") == 200
    stack.close()
    assert page.evaluate("fetch('/api/ping').then(() => 'answered', () => 'failed')") == "failed"
    assert page.evaluate("fetch('/live').then(() => 'answered', () => 'failed')") == "failed"


def test_a_push_shows_a_notification_of_its_problem(page: Page, stack: ExitStack, tmp_path: Path) -> None:
    address = a_server(stack, tmp_path)
    page.context.grant_permissions(["notifications"], origin=address)
    page.goto(address)
    wait_until_kept(page, "needs attention")
    worker = page.context.new_cdp_session(page)
    found: list[str] = []
    worker.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    worker.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    for title in ("Failed: photos", "Recovered: photos"):
        message = {"title": title, "body": "disk full", "tag": "01KB3T", "path": "jobs/1"}
        worker.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": address, "registrationId": found[0], "data": json.dumps(message)},
        )
        page.wait_for_function(
            """async (title) => {
                const registration = await navigator.serviceWorker.ready;
                const shown = await registration.getNotifications();
                return shown.length === 1 && shown[0].title === title && shown[0].data.path === "jobs/1";
            }""",
            arg=title,
        )
