"""A rule is tried on what is stored: the same messages as the router would have made, and nothing is written."""

from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.alerts.rule import plain_rule
from duplistat.services.alerts.hearing import NotHeard, uncovered, who_hears
from duplistat.services.alerts.trial import try_rule
from duplistat.store import channels, notices, rules
from tests.support.alerting import Alerting, Message
from tests.support.site import Site

UTC = ZoneInfo("UTC")
RULES: dict[str, dict[str, Any]] = {
    "plain": {},
    "after three failures": {"after_fails": 3, "recover": 2},
    "after an hour, with reminders": {"after_minutes": 60, "remind_hours": 3, "remind_times": 4},
    "each failure": {"each": True, "match": {"kinds": ["failed", "warning"]}},
    "quiet nights": {"quiet": {"windows": [{"from": "20:00", "until": "06:00"}]}},
}


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def play(alerting: Alerting, random: Random, rounds: int) -> list[Message]:
    """Runs of three jobs on two servers, good and bad in spells; what was told."""
    told: list[Message] = []
    bad = dict.fromkeys(("one", "two", "three"), False)
    for _ in range(rounds):
        for _ in range(6):
            alerting.site.now.forward(minutes=10)
            told += alerting.tick()
        # Not at the very time at which something may be due.
        alerting.site.now.forward(minutes=1)
        for job in bad:
            if random.random() < 0.3:
                bad[job] = not bad[job]
            if random.random() < 0.8:
                server = "a" if job == "one" else "b"
                alerting.run("Fatal" if bad[job] else "Success", job=job, server=server, machine=server)
        told += alerting.tick()
    return told


def tried(alerting: Alerting, rule: dict[str, object], days: int = 30) -> list[Message]:
    found = try_rule(
        alerting.site.db,
        alerting.main,
        rule,
        alerting.site.now(),
        days=days,
        gather_ms=0,
        storm_ms=900_000,
        zone=UTC,
    )
    return [
        Message(item["channel"], item["kind"], item["why"], tuple(sorted(item["jobs"])))
        for item in found["messages"]
    ]


@pytest.mark.parametrize("name", RULES)
def test_a_trial_tells_what_the_router_told(alerting: Alerting, name: str) -> None:
    rule = alerting.rule(alerting.channel(), **RULES[name])
    told = play(alerting, Random(name), 20)
    assert told
    assert tried(alerting, plain_rule(rule)) == told


def test_a_trial_writes_nothing_and_counts_what_it_saw(alerting: Alerting) -> None:
    channel = alerting.channel()
    play(alerting, Random(1), 10)
    rule = {"steps": [{"minutes": 0, "channels": [channel]}]}
    found = try_rule(
        alerting.site.db,
        alerting.main,
        rule,
        alerting.site.now(),
        gather_ms=60_000,
        storm_ms=900_000,
        zone=UTC,
    )
    assert found["jobs"] == 3
    assert found["count"] == len(found["messages"]) > 0
    assert (found["first_after_ms"] or 0) >= 60_000
    assert notices.page(alerting.site.db, alerting.site.everyone) == []
    assert rules.of_accounts(alerting.site.db, alerting.site.everyone) == []


def test_the_page_of_a_job_knows_who_would_hear_and_why_not(alerting: Alerting) -> None:
    site = alerting.site
    ops, off = alerting.channel("ops"), alerting.channel("off")
    channels.update(site.db, off, {"state": channels.OFF})
    alerting.rule(ops, name="mine", match={"tags_none": ["lab"]})
    alerting.rule(off, name="nobody")
    alerting.rule(ops, name="others", match={"tags": ["lab"]})
    alerting.rule(ops, name="switched off")
    row = rules.by_name(site.db, alerting.main, "switched off")
    assert row is not None
    rules.update(site.db, row.id, {"enabled": 0})
    alerting.run("Success")
    why = {item.row.name: item.why_not for item in who_hears(site.db, site.job(), site.now())}
    assert why == {
        "mine": NotHeard.HEARD,
        "nobody": NotHeard.CHANNEL_OFF,
        "others": NotHeard.OTHER_JOBS,
        "switched off": NotHeard.RULE_OFF,
    }


def test_jobs_of_which_nobody_would_hear_are_known(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel(), match={"tags": ["prod"]})
    for job in ("watched", "forgotten"):
        alerting.run("Success", job=job)
    site.set_job(site.job("watched"), tags=["prod"])
    assert uncovered(site.db, site.jobs()) == {site.job("forgotten").id}
