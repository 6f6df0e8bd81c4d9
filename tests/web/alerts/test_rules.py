"""/alerts/rules: said in sentences, tried before they are saved, and who would hear of which job."""

import json
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.alerts.rule import parse_rule
from duplistat.store import notices, rules
from duplistat.store.rules import RuleRow
from tests.web.alerts.site import channel, failing, rule, tick
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

FIELDS: dict[str, Any] = {"name": "prod", "kinds": ["failed", "overdue"], "recover": "1", "then": "hold"}


def only(site: Site) -> RuleRow:
    (found,) = rules.of_accounts(site.db, (1,))
    return found


def spec(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(only(site).spec)
    return found


@pytest.fixture
def ops(site: Site) -> int:
    """A site with a channel, and no rule."""
    for row in rules.of_accounts(site.db, (1,)):
        rules.delete(site.db, row.id)
    return channel(site, "ops")


def test_without_rules_it_says_that_nobody_is_told(site: Site, ops: int) -> None:
    assert ops
    site.report()
    page = site.text("/alerts/rules")
    assert "No rules yet: nobody is alerted." in page
    assert "Nobody would be alerted about 1 job." in page


def test_all_that_a_rule_can_say_is_typed_saved_shown_and_said(site: Site, ops: int) -> None:
    boss = channel(site, "boss")
    site.report("web-01", "nightly")
    (server,) = site.db.rows("SELECT id FROM server")
    typed = FIELDS | {
        "tags": "prod, db", "tags_none": "test", "servers": [str(server[0])], "after_fails": "2", "after_minutes": "60",
        "each": "1", "remind_hours": "24", "remind_times": "3", "recover": "2", "gather_seconds": "30",
        "step_channels_0": [str(ops)], "step_minutes_1": "120", "step_channels_1": [str(boss)],
        "quiet_from_0": "22:00", "quiet_until_0": "06:00", "days_0": ["0", "1"], "except_severities": ["critical"],
    }  # fmt: skip
    site.send("/alerts/rules/new", **typed)
    found = spec(site)
    assert found["match"] == {
        "kinds": ["failed", "overdue"],
        "servers": [server[0]],
        "tags": ["prod", "db"],
        "tags_none": ["test"],
    }
    assert found["steps"] == [{"minutes": 0, "channels": [ops]}, {"minutes": 120, "channels": [boss]}]
    assert found["quiet"]["windows"] == [{"days": [0, 1], "from": "22:00", "until": "06:00"}]
    assert [found[key] for key in ("after_fails", "after_minutes", "each", "remind_hours", "remind_times")] == [
        2, 60, True, 24, 3,
    ]  # fmt: skip
    page = site.text("/alerts/rules")
    assert (
        "Alert ops when a backup on server web-01, tagged prod or db, not tagged test failed 2 times in a row"
        " or is overdue for 60 min; boss after 2 h without acknowledgement; each failure; remind daily, 3 times;"
        " on recovery, after 2 successful runs; held back Mon, Tue 22:00–06:00 but for critical."
    ) in page
    # Its form saves what it shows.
    html = site.html(f"/alerts/rules/{only(site).id}")
    assert 'value="22:00"' in html
    assert 'value="prod, db"' in html
    before = only(site).spec
    site.send(f"/alerts/rules/{only(site).id}", **(typed | {"name": "production"}))
    assert (only(site).name, only(site).spec) == ("production", before)


def test_a_rule_for_all_of_some_tags_does_not_say_or_and_is_a_sentence_in_german_too(
    site: Site, ops: int
) -> None:
    rule(site, ops, match={"kinds": ["failed"], "tags_all": ["offsite", "prod"]})
    assert "Alert ops when a backup tagged with all of offsite, prod failed." in site.text("/alerts/rules")
    german = site.client.get("/alerts/rules", headers={"Accept-Language": "de"}).text
    assert "wenn eine Sicherung mit allen Tags (offsite, prod) fehlschlägt." in german


def test_a_rule_for_notifications_alone_says_so(site: Site, ops: int) -> None:
    site.send(
        "/alerts/rules/new",
        **(
            FIELDS
            | {"kinds": "event", "severities": "critical", "event_types": "disk", "step_channels_0": str(ops)}
        ),
    )
    assert "Alert ops about events (critical, disk)." in site.text("/alerts/rules")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Enter a name."),
        ({"kinds": ""}, "Select at least one."),
        ({"step_channels_0": ""}, "Select at least one channel to alert first."),
        ({"step_channels_0": "999"}, "There is no channel 999."),
        ({"after_fails": "101"}, "Enter a whole number from 0 to 100."),
        ({"gather_seconds": "x"}, "Enter a whole number from 0 to 900."),
        ({"quiet_from_0": "22:00"}, "Quiet hours have a beginning and an end."),
        ({"quiet_from_0": "22", "quiet_until_0": "25:00"}, "a time such as 22:00 is expected"),
        ({"step_channels_1": "1"}, "Enter after how many minutes."),
        ({"then": "burn", "quiet_from_0": "22:00", "quiet_until_0": "06:00"}, "Select one."),
    ],
)
def test_a_form_that_is_wrong_says_so_and_saves_nothing(
    site: Site, ops: int, fields: dict[str, Any], message: str
) -> None:
    answer = site.send("/alerts/rules/new", 400, **(FIELDS | {"step_channels_0": str(ops)} | fields))
    assert message in said(answer.text)
    assert rules.of_accounts(site.db, (1,)) == []


def test_it_is_tried_on_the_last_30_days_and_nothing_is_saved(site: Site, ops: int) -> None:
    for days in (9, 5):
        site.fail("nas", "photos", ago=timedelta(days=days))
        site.report("nas", "photos", ago=timedelta(days=days - 1))
    tick(site)
    before = len(notices.page(site.db, (1,)))
    answer = site.send(
        "/alerts/rules/new", 200, **(FIELDS | {"step_channels_0": str(ops), "name": "", "try": "1"})
    )
    page = said(answer.text)
    assert "4 messages in 30 days, for 1 job, 2 recovery messages" in page
    assert "ops : new problem, photos" in page.replace("ops: ", "ops : ")
    assert rules.of_accounts(site.db, (1,)) == []
    assert len(notices.page(site.db, (1,))) == before


def test_what_is_wrong_already_is_told_if_that_is_wanted(site: Site, ops: int) -> None:
    failing(site)
    typed = FIELDS | {"step_channels_0": str(ops), "gather_seconds": "0"}
    answer = site.send("/alerts/rules/new", 200, **typed)
    assert "1 open problem matches this rule. Alert about it now?" in answer.text
    assert rules.of_accounts(site.db, (1,)) == []
    site.send("/alerts/rules/new", **(typed | {"tell": "later"}))
    tick(site)
    assert notices.page(site.db, (1,)) == []
    site.send("/alerts/rules/new", **(typed | {"tell": "now", "name": "second"}))
    tick(site)
    assert len(notices.page(site.db, (1,))) == 1


def test_it_is_switched_off_and_on_and_deleted(site: Site, ops: int) -> None:
    number = rule(site, ops, name="all")
    site.report()
    site.send(f"/alerts/rules/{number}/switch", on="0")
    assert only(site).enabled == 0
    assert "Nobody would be alerted about 1 job." in site.text("/alerts/rules")
    site.send(f"/alerts/rules/{number}/switch", on="1")
    assert "Nobody would hear" not in site.text("/alerts/rules")
    site.send(f"/alerts/rules/{number}/delete", 400, confirm="none")
    site.send(f"/alerts/rules/{number}/delete", confirm="all")
    assert rules.of_accounts(site.db, (1,)) == []


def test_a_rule_for_a_job_that_is_gone_does_not_become_one_for_all(site: Site, ops: int) -> None:
    number = rule(site, ops, name="old", match={"jobs": [999], "groups": ["gone"]})
    html = site.html(f"/alerts/rules/{number}")
    assert "no longer there" in html
    typed = FIELDS | {"name": "renamed", "step_channels_0": str(ops)}
    site.send(f"/alerts/rules/{number}", jobs=["999"], groups=["gone"], **typed)
    assert only(site).name == "renamed"
    assert (spec(site)["match"]["jobs"], spec(site)["match"]["groups"]) == ([999], ["gone"])


def test_each_job_says_which_rules_tell_of_it(site_on_both: Site) -> None:
    site = site_on_both
    for row in rules.of_accounts(site.db, (1,)):
        rules.delete(site.db, row.id)
    ops = channel(site, "ops")
    site.report("nas", "photos")
    site.report("web", "nightly")
    (server,) = site.db.rows("SELECT id FROM server WHERE name = 'nas'")
    rule(site, ops, name="of nas", match={"servers": [server[0]]})
    page = site.text("/alerts/rules/coverage")
    assert "nas / photos of nas" in page
    assert "web / nightly Nobody would be alerted." in page
    only_silent = site.text("/alerts/rules/coverage?nobody=1")
    assert "photos" not in only_silent
    assert "web / nightly" in only_silent


def test_rules_are_of_their_account_and_never_name_a_channel_of_one_above(site: Site, ops: int) -> None:
    acme = below_main(site, "acme")
    number = rule(site, ops, name="all")
    parse_rule(json.loads(only(site).spec))
    with as_role(site, "operator", 1):
        site.html("/alerts/rules", 403)
        site.html("/alerts/rules/coverage")
    with as_role(site, "admin", acme):
        assert "ops" not in site.html("/alerts/rules/new")
        site.html(f"/alerts/rules/{number}", 404)
        for act in ("", "/switch", "/delete"):
            site.send(f"/alerts/rules/{number}{act}", 404, on="0", confirm="all", **FIELDS)
        answer = site.send("/alerts/rules/new", 400, **(FIELDS | {"step_channels_0": str(ops)}))
        assert f"There is no channel {ops}." in answer.text
    assert only(site).enabled == 1
