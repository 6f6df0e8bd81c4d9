"""/alerts/notices: every message with its attempts; sent again, and taken back."""

import pytest

from duplistat.core.alerts.notice import Dropped, Kind, ProblemKind, Why
from duplistat.core.alerts.problem import Closed
from duplistat.core.alerts.rule import EVENT
from duplistat.core.times import to_ms
from duplistat.store import notices
from duplistat.web.alerts import words
from tests.web.alerts.site import attempt, channel, failing, only_notice
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link


def test_without_notices_it_says_so(site: Site) -> None:
    assert "No notices yet" in site.text("/alerts/notices")


def test_a_notice_says_what_it_is_about_by_which_channel_and_how_it_is(site_on_both: Site) -> None:
    site = site_on_both
    failing(site, channel(site, "pager"))
    page = site.text("/alerts/notices")
    assert "new problem: nas-keller / paperless pager today 14:00 waiting" in page
    one = site.text(f"/alerts/notices/{only_notice(site).id}")
    assert "Not tried yet." in one
    assert "Problems in this notice" in one
    assert "<title>waiting · new problem – Alerts – duplistat</title>" in site.html(
        f"/alerts/notices/{only_notice(site).id}"
    )
    assert "[FAILED] paperless on nas-keller" in one
    assert "Why you get this" in one
    assert only_notice(site).uid in one


def test_they_are_chosen_by_state_and_channel(site: Site) -> None:
    ops = channel(site, "ops")
    other = channel(site, "other")
    failing(site, ops)
    assert "new problem" in site.text("/alerts/notices?state=waiting")
    assert "No matching notices." in site.text("/alerts/notices?state=sent")
    assert "new problem" in site.text(f"/alerts/notices?channel={ops}")
    assert "No matching notices." in site.text(f"/alerts/notices?channel={other}&state=nonsense")


def test_a_long_list_keeps_its_filter_while_it_goes_on(site: Site) -> None:
    ops = channel(site)
    failing(site, ops)
    first = only_notice(site)
    for number in range(60):
        notices.add(
            site.db,
            {
                "uid": f"u{number}", "account_id": 1, "channel_id": ops, "channel": "ops", "kind": "test",
                "why": "request", "facts": first.facts, "created_at": 1, "not_before": 1,
            },
        )  # fmt: skip
    older = link(site.html("/alerts/notices?state=waiting"), "Older notices")
    assert "state=waiting" in older
    assert "new problem" in site.text(older)


def test_one_that_was_given_up_is_sent_again_and_one_that_waits_is_dropped(site_on_both: Site) -> None:
    site = site_on_both
    failing(site, channel(site))
    notice = only_notice(site)
    attempt(site, notice, "temporary", "503", "no")
    site.db.execute(
        "UPDATE notice SET result = 'failed', result_why = 'expired', ended_at = ?", (to_ms(site.now),)
    )
    address = f"/alerts/notices/{notice.id}"
    assert "tried for too long" in site.text(address)
    with as_role(site, "operator", 1):
        site.send(f"{address}/retry")
        assert only_notice(site).result == ""
        site.send(f"{address}/drop")
    assert (only_notice(site).result, only_notice(site).result_why) == ("dropped", "by_hand")
    assert "dropped by hand" in site.text("/alerts/notices")


def test_each_kind_of_notice_and_each_reason_has_its_words() -> None:
    assert set(words.problem_kinds()) == {*ProblemKind, EVENT}
    assert set(words.notice_kinds()) == set(Kind)
    assert set(words.whys()) == set(Why)
    assert set(words.dropped()) == set(Dropped)
    assert set(words.closings()) == set(Closed)


def test_one_that_was_sent_is_not_sent_again(site: Site) -> None:
    failing(site, channel(site))
    site.db.execute("UPDATE notice SET result = 'sent', ended_at = 1")
    address = f"/alerts/notices/{only_notice(site).id}"
    assert "Send now" not in site.text(address)
    answer = site.send(f"{address}/retry", 400)
    assert "this notice was sent already" in answer.text.lower()


@pytest.mark.parametrize("act", ["retry", "drop"])
def test_it_is_of_its_account_and_for_operators(site: Site, act: str) -> None:
    acme = below_main(site, "acme")
    failing(site, channel(site))
    address = f"/alerts/notices/{only_notice(site).id}"
    with as_role(site, "admin", acme):
        site.html(address, 404)
        site.send(f"{address}/{act}", 404)
    with as_role(site, "viewer", 1):
        assert "Send now" not in site.text(address)
        site.send(f"{address}/{act}", 403)
