"""`duplistat channel set` and `duplistat rule set`: what is given changes, and what is not stays."""

import json
from typing import Any

import pytest

from duplistat.services.alerts import channel_config
from duplistat.services.bootstrap import main_account
from duplistat.store import channels, rules
from duplistat.store.channels import Channel
from tests.cli.conftest import Run
from tests.support.alerting import Alerting
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

SECRET = "whsec_" + "QUJD" * 8  # of this test alone
URL = "https://hooks.example.org/T0KEN"
EVERYTHING = (
    *("--kind", "failed", "--kind", "event", "--tag", "a", "--tag", "b", "--group", "g"),
    *("--severity", "critical", "--after-fails", "2", "--after-minutes", "30", "--remind-hours", "24"),
    *("--remind-times", "3", "--gather-seconds", "5", "--each", "--recover", "3"),
    *("--quiet", "22:00-06:00", "--step", "60:boss"),
)


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def spec_of(site: Site, name: str) -> dict[str, Any]:
    row = rules.by_name(site.db, main_account(site.db), name)
    assert row is not None
    spec: dict[str, Any] = json.loads(row.spec)
    return spec


def named(site: Site, name: str) -> Channel:
    found = channels.by_name(site.db, main_account(site.db), name)
    assert found is not None
    return found


def plain(site: Site, name: str) -> dict[str, Any]:
    return channel_config.opened(site.config, named(site, name))


@pytest.fixture
def rule(alerting: Alerting, run: Run) -> dict[str, Any]:
    """What a rule says that has a value for everything."""
    alerting.channel()
    alerting.channel("boss")
    made = run("rule", "add", "--name", "r", "--channel", "ops", *EVERYTHING)
    assert made.exit_code == 0, made.output
    return spec_of(alerting.site, "r")


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (["--after-fails", "0"], {"after_fails": 0}),
        (["--after-minutes", "5", "--remind-hours", "0"], {"after_minutes": 5, "remind_hours": 0}),
        (["--remind-times", "1", "--gather-seconds", "0"], {"remind_times": 1, "gather_seconds": 0}),
        (["--no-each", "--no-recovery"], {"each": False, "recover": 0}),
        (["--recover", "2"], {"recover": 2}),
        (["--quiet", ""], {"quiet": None}),
    ],
)
def test_of_a_rule_only_what_is_given_changes(
    rule: dict[str, Any], alerting: Alerting, run: Run, words: list[str], changes: dict[str, Any]
) -> None:
    done = run("rule", "set", "--name", "r", *words)
    assert (done.exit_code, done.output) == (0, "rule r changed\n")
    assert spec_of(alerting.site, "r") == {**rule, **changes}


def test_a_list_that_is_given_replaces_the_one_before_and_an_empty_text_empties_it(
    rule: dict[str, Any], alerting: Alerting, run: Run
) -> None:
    alerting.run()
    job = alerting.site.job()
    run("rule", "set", "--name", "r", "--tag", "c", "--group", "", "--kind", "warning", "--severity", "")
    assert spec_of(alerting.site, "r")["match"] == {"kinds": ["warning"], "tags": ["c"]}
    run("rule", "set", "--name", "r", "--tag", "", "--job", job.name)
    match = spec_of(alerting.site, "r")["match"]
    assert match == {"kinds": ["warning"], "jobs": [job.id]}
    run("rule", "set", "--name", "r", "--quiet", "20:00-07:00", "--quiet", "12:00-13:00")
    quiet = spec_of(alerting.site, "r")["quiet"]
    assert [window["from"] for window in quiet.pop("windows")] == ["20:00", "12:00"]
    assert quiet == {name: value for name, value in rule["quiet"].items() if name != "windows"}


def test_who_is_told_first_and_who_later_change_apart(
    rule: dict[str, Any], alerting: Alerting, run: Run
) -> None:
    ops, boss = (named(alerting.site, name).id for name in ("ops", "boss"))
    assert rule["steps"] == [{"minutes": 0, "channels": [ops]}, {"minutes": 60, "channels": [boss]}]
    run("rule", "set", "--name", "r", "--channel", "boss")
    assert [step["channels"] for step in spec_of(alerting.site, "r")["steps"]] == [[boss], [boss]]
    run("rule", "set", "--name", "r", "--step", "5:ops", "--rename", "Production")
    assert spec_of(alerting.site, "Production")["steps"] == [
        {"minutes": 0, "channels": [boss]},
        {"minutes": 5, "channels": [ops]},
    ]
    run("rule", "set", "--name", "Production", "--step", "")
    assert spec_of(alerting.site, "Production")["steps"] == [{"minutes": 0, "channels": [boss]}]
    nobody = run("rule", "set", "--name", "Production", "--channel", "")
    assert nobody.output == "duplistat: steps: each step names a channel\n"


def test_a_rule_that_cannot_be_or_no_change_is_refused(
    rule: dict[str, Any], alerting: Alerting, run: Run
) -> None:
    for words, told in (
        ([], "nothing to change"),
        (["--step", "soon:ops"], "is not minutes and a channel"),
        (["--channel", "nobody"], "has no channel named 'nobody'"),
        (["--rename", " "], "a rule has a name"),
    ):
        refused = run("rule", "set", "--name", "r", *words)
        assert refused.exit_code != 0
        assert told in refused.output
    assert "has no rule named" in run("rule", "set", "--name", "other", "--each").output
    assert spec_of(alerting.site, "r") == rule


def test_of_a_channel_only_what_is_given_changes(site: Site, run: Run) -> None:
    run("channel", "add", "--name", "hook", "--kind", "webhook", "--url", URL, "--secret-stdin", stdin=SECRET)
    before = named(site, "hook")
    done = run("channel", "set", "--name", "hook", "--zone", "Europe/Berlin", "--language", "de")
    assert (done.exit_code, done.output) == (0, "channel hook changed\n")
    row = named(site, "hook")
    assert (row.zone, row.language, row.config) == ("Europe/Berlin", "de", before.config)
    run("channel", "set", "--name", "hook", "--zone", "", "--language", "", "--rename", "web")
    row = named(site, "web")
    assert (row.zone, row.language, row.id) == ("", "", before.id)
    run("channel", "set", "--name", "web", "--url", "https://hooks.example.com/new")
    assert (named(site, "web").shown, plain(site, "web")["secret"]) == ("hooks.example.com", SECRET)
    other = "whsec_" + "REVG" * 8
    run("channel", "set", "--name", "web", "--secret-stdin", stdin=f"{other}\n")
    told = plain(site, "web")
    assert (told["url"], told["secret"]) == ("https://hooks.example.com/new", other)


def test_addresses_that_are_given_replace_those_before(site: Site, run: Run) -> None:
    run("channel", "add", "--name", "mail", "--kind", "mail", "--to", "a@example.org", "--admins")
    run("channel", "set", "--name", "mail", "--to", "b@example.org", "--to", "c@example.org")
    assert plain(site, "mail") == {"to": ["b@example.org", "c@example.org"], "admins": True}
    assert all(row.verified_at for row in channels.recipients(site.db, named(site, "mail").id))
    run("channel", "set", "--name", "mail", "--no-admins")
    assert plain(site, "mail") == {"to": ["b@example.org", "c@example.org"], "admins": False}
    refused = run("channel", "set", "--name", "mail", "--to", "")
    assert refused.output == "duplistat: a channel that sends mail needs an address\n"


def test_what_a_kind_of_channel_does_not_have_is_refused(site: Site, run: Run) -> None:
    run("channel", "add", "--name", "mail", "--kind", "mail", "--to", "a@example.org")
    for words, told in (
        ([], "nothing to change"),
        (["--url", URL], "a channel of kind mail has no --url"),
        (["--secret-stdin"], "a channel of this kind has no secret"),
        (["--rename", ""], "a channel needs a name"),
        (["--zone", "Mars"], "Mars"),
    ):
        refused = run("channel", "set", "--name", "mail", *words)
        assert refused.exit_code != 0
        assert told in refused.output, refused.output
    assert plain(site, "mail")["to"] == ["a@example.org"]
