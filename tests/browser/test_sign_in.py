"""From the link in the log to the sign-out, in a real browser, with scripts and without."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from duplistat.config import Config
from duplistat.now import wall_clock
from duplistat.services.people import first_admin
from duplistat.store.database import Database
from tests.browser.conftest import in_two_accounts, serving
from tests.browser.layout import SIDEWAYS

PASSWORD, NEW = "correct horse", "another battery staple"


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """A new server, and the link that its log holds."""
    with serving(tmp_path, new=True) as address:
        config = Config(data=tmp_path, server={"public_url": address})
        db = Database(config.database_url)
        yield first_admin.invite(db, config, wall_clock())
        db.close_all()


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        java_script_enabled=request.param, viewport={"width": 390, "height": 844}, locale="en-GB"
    )
    yield context.new_page()
    context.close()


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_somebody_comes_in_goes_out_and_mistypes_a_password(link: str, page: Page) -> None:
    home = link.partition("/set-up")[0]
    page.goto(home)
    expect(page).to_have_url(f"{home}/set-up")
    expect(page.get_by_text("Open the set-up link from the server log")).to_be_visible()

    page.goto(link)
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Confirm password").fill("mistyped")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Passwords do not match.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.org")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Confirm password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{home}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.get_by_text("Ada", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{home}/sign-in")
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    page.goto(f"{home}/settings/me")
    expect(page).to_have_url(re.compile("/sign-in\\?next="))
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_have_text("Wrong e-mail or password.")
    expect(page.get_by_label("Password")).to_be_focused()
    sign_in(page, PASSWORD)
    expect(page).to_have_url(f"{home}/settings/me")

    # The fields of a new password may stay empty, and what is required is asked for before anything is sent.
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Save sign-in").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("Confirm password").fill(NEW)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Save sign-in").click()
    expect(page.get_by_text("Password changed.")).to_be_visible()

    page.goto(link)
    expect(page).to_have_url(f"{home}/")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_ways_in_fit_the_screen(link: str, chromium: Browser, theme: str, width: int) -> None:
    context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]  # one of two words
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    home = link.partition("/set-up")[0]
    for address in (link, f"{home}/sign-in", f"{home}/forgotten"):
        page.goto(address)
        assert page.evaluate(SIDEWAYS) is False, address
        for target in page.get_by_role("button").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= (40 if width == 390 else 28), address
    assert complaints == []
    context.close()


def test_who_has_one_password_in_two_accounts_chooses(tmp_path: Path, page: Page) -> None:
    with serving(tmp_path, new=True, then=in_two_accounts) as home:
        page.goto(f"{home}/partners")
        sign_in(page, PASSWORD)
        expect(page).to_have_url(f"{home}/sign-in/account?next=/partners")
        expect(page.get_by_role("heading", level=1)).to_have_text("Which account?")
        assert not page.evaluate(SIDEWAYS)
        assert page.evaluate("window.pwned") is None
        buttons = page.locator("form.choices button")
        expect(buttons).to_have_count(2)
        expect(buttons.first).to_have_text("main admin")
        buttons.last.click()
        # The other account has nobody below it.
        expect(page).to_have_url(f"{home}/partners")
        page.goto(f"{home}/settings/accounts")
        expect(page.get_by_role("main")).not_to_contain_text("main")
        page.goto(f"{home}/sign-in/account")
        expect(page).to_have_url(f"{home}/")
