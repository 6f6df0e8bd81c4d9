"""POST /api/ingest/notification: events, which are kept beside the jobs and change nothing about them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.maintenance.retention import prune_all
from duplistat.store import deliveries
from duplistat.store.database import Database
from tests.support.clock import ms
from tests.support.databases import at_once
from tests.support.scripts import (
    NOTIFICATION,
    START,
    Script,
    backup,
    events_of,
    notification,
    script_of,
    without,
)
from tests.support.site import Site


def test_the_answer_has_the_id_and_nothing_else(site: Site, script: Script) -> None:
    response = script.send(NOTIFICATION, notification())
    (event,) = events_of(site)
    assert response.status_code == 201
    assert response.content_type == "application/json"
    assert response.get_json() == {
        "status": "success",
        "message": "Notification recorded",
        "data": {"notificationId": event.id},
    }


def test_the_event_has_what_was_told(site: Site, script: Script) -> None:
    script.notify(timestamp="2026-01-28T03:00:00+01:00", jobName="nightly", sender="disk-monitor")
    (event,), (server,) = events_of(site), site.servers()
    assert (event.severity, event.type, event.job_name) == ("warning", "disk_space_low", "nightly")
    assert event.message == "Drive / has only 12% free space remaining."
    assert (event.at, event.offset_minutes, event.received_at) == (ms(START), 60, site.now())
    assert (event.server_id, server.name, server.sender) == (server.id, "web-01", "disk-monitor")


def test_what_is_required_is_enough(site: Site, script: Script) -> None:
    body = without(notification(), "message")
    assert sorted(body) == ["deviceName", "severity", "timestamp", "type"]
    script.told(NOTIFICATION, body)
    (event,) = events_of(site)
    assert (event.job_name, event.message, site.servers()[0].sender) == ("", "", "unknown@ingest")


def test_null_is_the_same_as_none(script: Script) -> None:
    first = script.notify(message="", jobName="", sender="")
    assert script.notify(message=None, jobName=None, sender=None) == first
    assert script.told(NOTIFICATION, without(notification(), "message"))["notificationId"] == first


@pytest.mark.parametrize("severity", ["info", "warning", "error", "critical"])
def test_there_are_four_severities(site: Site, script: Script, severity: str) -> None:
    script.notify(severity=severity)
    assert [event.severity for event in events_of(site)] == [severity]


@pytest.mark.parametrize("severity", ["Warning", "ERROR", "fatal", "debug", "success", "warn", "critical!"])
def test_any_other_severity_is_refused_with_a_list_of_the_four(
    site: Site, script: Script, severity: str
) -> None:
    response = script.send(NOTIFICATION, notification(severity=severity))
    problem = "must be one of info, warning, error, critical"
    assert response.status_code == 400
    assert response.get_json() == {
        "status": "error",
        "error": "ValidationError",
        "message": f"severity {problem}",
        "details": [{"field": "severity", "problem": problem}],
    }
    assert (events_of(site), site.servers(), site.deliveries()[0].outcome) == ([], [], "unrecognised")


def test_the_delivery_knows_its_event(site: Site, script: Script) -> None:
    first, second = script.notify(), script.notify(type="ups")
    script.notify()
    found = [(d.event, d.outcome, d.format, d.endpoint, d.run, d.job) for d in site.deliveries()]
    assert found == [
        (first, "recorded", "notification", NOTIFICATION, None, None),
        (second, "recorded", "notification", NOTIFICATION, None, None),
        (first, "repeat", "notification", NOTIFICATION, None, None),
    ]
    assert [d.id for d in deliveries.of_event(site.db, first)] == [1, 3]


SAME: dict[str, dict[str, Any]] = {
    "the very same": notification(),
    "another offset": notification(timestamp="2026-01-28T03:00:00+0100"),
    "another order of fields": dict(reversed(notification().items())),
    "the default sender": notification(sender="unknown@ingest"),
    "blanks": notification(type=" disk_space_low", deviceName="web-01 "),
    "an unknown field": notification(colour="blue"),
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME.keys())
def test_the_same_notification_twice_has_the_same_id(
    site: Site, script: Script, body: dict[str, Any]
) -> None:
    first = script.notify()
    site.now.forward(days=3)
    before = events_of(site)
    assert script.told(NOTIFICATION, body) == {"notificationId": first}
    assert events_of(site) == before


OTHER: dict[str, dict[str, Any]] = {
    "a second later": {"timestamp": "2026-01-28T02:00:01Z"},
    "another severity": {"severity": "error"},
    "another type": {"type": "ssl_expiry"},
    "another message": {"message": "Drive / has only 11% free space remaining."},
    "another job": {"jobName": "nightly"},
    "another sender": {"sender": "disk-monitor"},
    "another device": {"deviceName": "web-02"},
}


@pytest.mark.parametrize("fields", OTHER.values(), ids=OTHER.keys())
def test_another_notification_has_another_id(site: Site, script: Script, fields: dict[str, Any]) -> None:
    assert script.notify() != script.notify(**fields)
    assert len(events_of(site)) == 2


def test_a_message_of_several_lines_is_kept(site: Site, script: Script) -> None:
    script.notify(message="one\ntwo\n  three")
    assert [event.message for event in events_of(site)] == ["one\ntwo\n  three"]


def test_an_endless_message_or_type_is_cut(site: Site, script: Script) -> None:
    script.notify(message="x" * 20_000, type="y" * 10_000)
    (event,) = events_of(site)
    assert event.message == "x" * 9_999 + "…"
    assert len(event.type) == 100


def test_two_long_types_stay_two(site: Site, script: Script) -> None:
    script.notify(type="x" * 200 + "a")
    script.notify(type="x" * 200 + "b")
    assert len({event.type for event in events_of(site)}) == 2


def test_a_job_that_is_not_known_is_not_made(site: Site, script: Script) -> None:
    script.notify(jobName="nightly")
    assert (site.jobs(), script.counts()) == ([], (0, 0, 0, 0))
    assert site.summary()["totalBackups"] == 0


def test_a_device_that_is_not_known_is_made(site: Site, script: Script) -> None:
    script.notify(deviceName="ups-1")
    (server,) = site.servers()
    assert (server.name, server.created_at, server.seen_at) == ("ups-1", site.now(), site.now())


def test_a_device_that_is_known_is_the_one_whose_runs_are_told(site: Site, script: Script) -> None:
    ids = script.backup(sender="script-web-01")
    script.notify(sender="script-web-01")
    assert [event.server_id for event in events_of(site)] == [ids["serverId"]]
    assert len(site.servers()) == 1


def test_a_device_was_seen_when_it_notifies(site: Site, script: Script) -> None:
    script.notify()
    site.now.forward(hours=3)
    script.notify(type="ups")
    assert [server.seen_at for server in site.servers()] == [site.now()]


def test_a_repeat_is_a_sign_of_life_too(site: Site, script: Script) -> None:
    script.notify()
    site.now.forward(hours=3)
    script.notify()
    assert [server.seen_at for server in site.servers()] == [site.now()]


@pytest.mark.parametrize("severity", ["info", "warning", "error", "critical"])
def test_nothing_about_a_job_changes(site: Site, script: Script, severity: str) -> None:
    for day in range(10, 28):
        site.now.set(f"2026-01-{day}T03:00:00Z")
        script.backup(timestamp=f"2026-01-{day}T02:00:00Z")
    site.learn()
    before = site.job("nightly"), site.runs("nightly"), site.transitions("nightly"), script.counts()
    site.now.forward(minutes=5)
    script.notify(severity=severity, jobName="nightly", message="failed")
    after = site.job("nightly"), site.runs("nightly"), site.transitions("nightly"), script.counts()
    assert before[0].due_at is not None
    assert after == before


def test_a_job_that_is_late_stays_late_however_often_its_device_notifies(site: Site, script: Script) -> None:
    for day in range(10, 28):
        site.now.set(f"2026-01-{day}T03:00:00Z")
        script.backup(timestamp=f"2026-01-{day}T02:00:00Z")
    site.learn()
    site.now.set("2026-01-28T12:00:00Z")
    site.sweep()
    script.notify(jobName="nightly", severity="info", message="all is well")
    assert site.job("nightly").health == "overdue"


def test_a_summary_counts_no_notifications(site: Site, script: Script) -> None:
    script.backup()
    before = site.summary()
    script.notify(severity="critical")
    assert site.summary() == before


@pytest.mark.usefixtures("both_databases")
def test_one_notification_from_many_at_once_is_one_event(
    make_site: Callable[..., Site], db: Database
) -> None:
    script = script_of(make_site(limits={"ingest_per_minute": 0}))
    answers = at_once(db, 24, lambda _: script.notify())
    assert len({json.dumps(answer) for answer in answers if isinstance(answer, int)}) == 1
    assert [isinstance(answer, int) for answer in answers] == [True] * 24
    assert len(events_of(script.site)) == 1


def test_a_clock_that_runs_ahead_does_not_make_an_event_the_newest_for_ever(
    site: Site, script: Script
) -> None:
    script.notify(timestamp="2027-01-01T00:00:00Z")
    (event,) = events_of(site)
    assert (event.at, event.order_at) == (ms("2027-01-01T00:00:00Z"), site.now())


def test_events_go_when_they_are_too_old(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"events_days": 5})
    script = script_of(site)
    for day in range(1, 11):
        site.now.set(f"2026-01-{day:02}T03:00:00Z")
        script.notify(timestamp=f"2026-01-{day:02}T02:00:00Z")
    assert prune_all(site.writes, site.config.retention, site.now())["events"] == 4
    assert [event.id for event in events_of(site)] == [5, 6, 7, 8, 9, 10]


def test_zero_days_keep_events_for_ever(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"events_days": 0})
    script_of(site).notify()
    site.now.forward(days=10_000)
    assert prune_all(site.writes, site.config.retention, site.now())["events"] == 0
    assert len(events_of(site)) == 1


def test_what_a_run_says_is_no_notification(site: Site, script: Script) -> None:
    assert script.problems(NOTIFICATION, backup()) == [
        ("severity", "is required: one of info, warning, error, critical"),
        ("type", "is required"),
    ]
    assert site.servers() == []
