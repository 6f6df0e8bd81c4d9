"""Selecting jobs on the overview with a script: ticks are counted, set by a key, and stay while the page follows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_overview import NAS, context, fleet, page, post, report

__all__ = ["context", "fleet", "page", "post"]


def test_ticks_are_counted_and_stay_when_a_report_comes(
    page: Page, post: Callable[[dict[str, object]], None]
) -> None:
    page.get_by_role("link", name="Select jobs").click()
    chosen = page.locator("[data-chosen]")
    expect(chosen).to_have_text("0 selected")
    page.get_by_role("checkbox", name=f"{NAS} / photos").check()
    page.get_by_role("link", name="paperless", exact=True).last.focus()
    page.keyboard.press("x")
    expect(chosen).to_have_text("2 selected")
    page.get_by_label("Action").select_option("tag")
    post(report("pc-anna", "mail"))
    expect(page.get_by_role("checkbox", name="pc-anna / mail")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name=f"{NAS} / photos")).to_be_checked()
    expect(chosen).to_have_text("2 selected")
    expect(page.get_by_label("Action")).to_have_value("tag")
    page.get_by_role("link", name="Select none").click()
    expect(chosen).to_have_text("0 selected")
    page.locator("[data-tick=all]").click()
    expect(page.locator(".tick input:not(:checked)")).to_have_count(0)


def test_what_was_ticked_is_done_after_a_confirmation(page: Page) -> None:
    page.get_by_role("link", name="Select jobs").click()
    page.get_by_role("checkbox", name=f"{NAS} / photos").check()
    page.get_by_label("Action").select_option("tag")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add tags: 1 job")
    page.get_by_label("Tags").fill("offsite")
    page.get_by_role("button", name="Apply to 1 job").click()
    expect(page.get_by_role("status").filter(has_text="Add tags: applied to 1 job.")).to_be_visible()


@pytest.mark.usefixtures("fleet")
def test_on_a_phone_a_touch_of_the_row_ticks_it(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Arrange", exact=True).click()
    page.get_by_role("link", name="Select jobs").click()
    row = page.locator("tr", has=page.get_by_role("checkbox", name=f"{NAS} / photos"))
    box = row.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
    expect(page.get_by_role("checkbox", name=f"{NAS} / photos")).to_be_checked()


def test_a_schedule_is_said_back_while_it_is_typed_and_enter_only_previews(page: Page) -> None:
    page.get_by_role("link", name="Select jobs").click()
    page.get_by_role("checkbox", name=f"{NAS} / photos").check()
    page.get_by_label("Action").select_option("schedule")
    page.get_by_role("button", name="Continue").click()
    understood = page.locator(".understood")
    expect(understood).to_contain_text("detected automatically")
    page.get_by_label("Schedule").fill("daily 02:00")
    expect(understood).to_contain_text("Every day at 02:00")
    page.get_by_label("Schedule").press("Enter")
    page.wait_for_url("**/jobs/selected#set")
    expect(understood).to_contain_text("Every day at 02:00")
    page.get_by_role("button", name="Apply to 1 job").click()
    expect(page.get_by_role("status").filter(has_text="applied to 1 job. Every day at 02:00")).to_be_visible()
