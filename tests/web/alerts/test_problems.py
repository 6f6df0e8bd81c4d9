"""/alerts: what is wrong, who was told, who knows of it; and whose it is decides who sees it."""

from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.services.alerts.broken import check_channels
from duplistat.services.alerts.channels import switch_channel
from duplistat.services.audit import BY_COMMAND
from duplistat.store import audit, problems, told
from duplistat.store.audit import Filter
from tests.web.alerts.site import attempt, channel, failing, only_notice, rule, tick
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link


def test_without_problems_it_says_so(site: Site) -> None:
    page = site.text("/alerts")
    assert "No open problems" in page
    assert "No mail server is set: set [mail] host in the configuration, or add another channel." in page
    assert link(site.html("/"), "Alerts") == "/alerts"


def test_an_open_problem_says_what_since_when_why_and_that_nobody_was_told(site_on_both: Site) -> None:
    site = site_on_both
    failing(site, channel(site))
    page = site.text("/alerts")
    assert "1 open problem" in page
    assert "failed nas-keller / paperless" in page
    assert "ended with errors: The source path /source does not exist." in page
    assert "nobody" in page


def test_a_job_that_is_still_overdue_has_been_for_as_long_as_it_is_now(site: Site) -> None:
    site.nightly(nights=9)
    site.set_job(1, schedule="daily 04:00")
    rule(site, channel(site))
    site.now += timedelta(hours=17)
    site.sweep()
    tick(site)
    at_first = "Overdue by 3 h: expected today 04:00 , last successful backup yesterday 04:00"
    assert at_first in site.text("/alerts")
    site.now += timedelta(days=2)
    site.sweep()
    tick(site)
    (found,) = problems.open_in(site.db, (1,), 10)
    for address in ("/alerts", f"/alerts/problems/{found.id}"):
        assert "Overdue by 2 days: expected Sat 04:00 , 3 times missed" in site.text(address)
    site.report("web-01", "nightly", ago=timedelta(minutes=5))
    tick(site)
    assert at_first.partition(":")[0] in site.text(f"/alerts/problems/{found.id}")


def test_whoever_was_told_is_named_with_the_time(site: Site) -> None:
    ops = channel(site, "ops")
    problem = failing(site, ops)
    told.tell(site.db, problem.id, ops, None, "problem", to_ms(site.now))
    site.now += timedelta(minutes=10)
    assert "ops 10 min ago" in site.text("/alerts")
    page = site.text(f"/alerts/problems/{problem.id}")
    assert "Who was alerted" in page
    assert "ops today 14:00 today 14:00 new problem" in page


def test_its_page_has_each_attempt_with_the_words_of_the_receiver_for_admins_alone(site: Site) -> None:
    problem = failing(site, channel(site))
    attempt(site, only_notice(site), "temporary", "503", "back soon", ms=1234)
    address = f"/alerts/problems/{problem.id}"
    assert "<title>✖ nas-keller / paperless – Alerts – duplistat</title>" in site.html(address)
    for wanted in ("not now: tried again", "1,234 ms", "503 back soon", "rule all", "the problem began"):
        assert wanted in site.text(address)
    with as_role(site, "viewer", 1):
        assert "503" in site.text(address)
        assert "back soon" not in site.text(address)
        assert "Acknowledge" not in site.text(address)


@pytest.mark.parametrize(
    ("hours", "until"), [("4", "today 18:00"), ("24", "tomorrow 14:00"), ("168", "27 Nov")]
)
def test_it_is_acknowledged_with_a_reason_for_some_hours(site_on_both: Site, hours: str, until: str) -> None:
    site = site_on_both
    problem = failing(site)
    address = f"/alerts/problems/{problem.id}"
    with as_role(site, "operator", 1):
        site.send(f"{address}/acknowledge", hours=hours, why="disk is on its way")
    page = site.text(address)
    assert "Open, and acknowledged." in page
    assert f"by operator-1@example.org until {until}" in page
    assert "disk is on its way" in page
    assert f"by operator-1@example.org until {until}" in site.text("/alerts")
    # The overview knows of the same.
    assert "The problem of your job is acknowledged" in site.text("/")
    actions = [entry.action for entry in audit.page(site.db, (1,), Filter(), before=None, limit=9)]
    assert "problem.acknowledge" in actions


def test_what_is_acknowledged_on_the_overview_is_acknowledged_here(site: Site) -> None:
    problem = failing(site)
    site.send(f"/jobs/{problem.job_id}/acknowledge", hours="24")
    assert "until tomorrow 14:00" in site.text("/alerts")


def test_an_acknowledgement_is_taken_back(site: Site) -> None:
    problem = failing(site)
    address = f"/alerts/problems/{problem.id}"
    site.send(f"{address}/acknowledge", hours="4")
    assert "Unacknowledge" in site.text(address)
    site.send(f"{address}/acknowledge", hours="0")
    found = problems.get(site.db, problem.id)
    assert found is not None
    assert found.acked_until is None
    assert "1 job needs attention" in site.text("/")


@pytest.mark.parametrize("hours", ["", "-1", "169", "x", "²"])
def test_hours_that_are_none_are_refused(site: Site, hours: str) -> None:
    problem = failing(site)
    answer = site.send(f"/alerts/problems/{problem.id}/acknowledge", 400, hours=hours)
    assert "Enter a whole number from 0 to 168." in answer.text


def test_a_problem_that_is_over_is_listed_below_and_is_not_acknowledged(site: Site) -> None:
    problem = failing(site)
    site.report("nas-keller", "paperless", ago=timedelta(hours=1))
    tick(site)
    page = site.text("/alerts")
    assert "Ended" in page
    assert "No open problems" in page
    one = site.text(f"/alerts/problems/{problem.id}")
    assert "Over since today" in one
    assert "a backup succeeded" in one
    answer = site.send(f"/alerts/problems/{problem.id}/acknowledge", 400, hours="4")
    assert "This problem is over." in answer.text


def test_another_account_sees_none_of_it(site: Site) -> None:
    acme = below_main(site, "acme")
    problem = failing(site)
    with as_role(site, "admin", acme):
        assert "No open problems" in site.text("/alerts")
        site.html(f"/alerts/problems/{problem.id}", 404)
        site.send(f"/alerts/problems/{problem.id}/acknowledge", 404, hours="4")


def test_a_customer_learns_that_the_provider_was_told_and_no_more(site: Site) -> None:
    acme = below_main(site, "acme")
    ours = channel(site, "secret-pager")
    problem = failing(site, ours)
    told.tell(site.db, problem.id, ours, None, "problem", to_ms(site.now))
    for table in ("server", "job", "problem", "notice"):
        site.db.execute(f"UPDATE {table} SET account_id = ?", (acme,))  # names of tables
    number = only_number(site)
    with as_role(site, "admin", acme):
        for address in ("/alerts", f"/alerts/problems/{problem.id}"):
            page = site.text(address)
            assert "the provider" in page, address
            assert "secret-pager" not in page, address
            assert "rule all" not in page, address
        # What the provider's channels send is the provider's business.
        assert "No notices yet" in site.text("/alerts/notices")
        site.html(f"/alerts/notices/{number}", 404)


def only_number(site: Site) -> int:
    row = site.db.row("SELECT id FROM notice")
    assert row is not None
    return int(row[0])


def test_a_long_list_of_ended_ones_goes_on(site: Site) -> None:
    problem = failing(site)
    columns = "uid, account_id, subject, family, kind, opened_at, kind_at, bad_at, closed_at, closed_how"
    for number in range(60):
        site.db.execute(
            f"INSERT INTO problem ({columns}) VALUES (?, 1, ?, 'health', 'failed', 0, 0, 0, 1, 'good')",
            (f"u{number}", f"job:{900 + number}"),
        )
    older = link(site.html("/alerts"), "Older problems")
    assert older.startswith("/alerts?before=")
    page = site.html(older)
    assert "Newest problems" in page
    assert page.count("No longer there") == 10
    assert problem.id


def test_why_a_channel_does_not_deliver_is_said_and_the_words_of_the_receiver_to_admins_alone(
    site: Site,
) -> None:
    ops = channel(site, "ops", state="broken", state_why="no such hook")
    site.writes.run(check_channels, mail=False, now=to_ms(site.now))
    (problem,) = problems.open_in(site.db, (1,), 9)
    assert problem.channel_id == ops
    for address in ("/alerts", f"/alerts/problems/{problem.id}"):
        assert "No such hook." in site.text(address)
        with as_role(site, "viewer", 1):
            assert "such hook" not in site.text(address)
            assert "Messages are not delivered." in site.text(address)


def test_that_no_mail_server_is_set_is_said_once_and_only_while_a_channel_wants_one(site: Site) -> None:
    told = "No mail server is set: set [mail] host in the configuration"
    fresh = site.text("/alerts")
    assert f"Nobody is alerted about problems at the moment. {told}, or add another channel." in fresh
    channel(site, "Administrators", kind="mail", config='{"admins": true}')
    site.writes.run(check_channels, mail=False, now=to_ms(site.now))
    page = site.text("/alerts")
    # Calmly, as long as nobody relies on it: no warning on each page.
    assert "does not deliver" not in site.text("/events")
    assert "No mail server is set." in page
    (problem,) = problems.open_in(site.db, (1,), 9)
    address = link(site.html(f"/alerts/problems/{problem.id}"), "Open channel")
    assert f"{told}, or add another channel." in site.text(address)
    assert f"Nobody is alerted about problems at the moment. {told}" in site.text("/alerts/channels")
    # A channel of which no rule knows changes nothing.
    ops = channel(site, "ops")
    alone = (
        "Nobody is alerted about problems at the moment. No rule alerts through a channel that works without"
    )
    unused = "No rule alerts through this channel: add it to a rule"
    assert alone in site.text("/alerts/channels")
    assert unused in site.text(f"/alerts/channels/{ops}")
    rule(site, ops)
    assert unused not in site.text(f"/alerts/channels/{ops}")
    assert f"{told}, or turn mail off." in site.text("/alerts/channels")
    assert problem.channel_id is not None
    site.writes.run(
        switch_channel, channel=problem.channel_id, on=False, by=BY_COMMAND.plain(), now=to_ms(site.now)
    )
    for address in ("/alerts", "/alerts/channels", "/alerts/rules"):
        assert told not in site.text(address)
