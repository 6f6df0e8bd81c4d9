"""Whether alerts work is told: by /api/health, metrics, the doctor, and a heartbeat that stays away."""

import subprocess
import sys

import pytest
from pytest_httpserver import HTTPServer

from duplistat.jobs.scheduler import Scheduler
from duplistat.notify.heartbeat import beat
from duplistat.services.access.api_keys import Scope
from duplistat.services.monitoring import alert_health, heartbeat
from duplistat.services.monitoring.doctor import Grade, examine
from duplistat.store import channels, scheduler_lease
from tests.support.alerting import Alerting
from tests.support.site import Site

MINUTE = 60_000


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def test_a_change_that_nobody_takes_in_is_late_after_two_minutes(alerting: Alerting) -> None:
    site = alerting.site
    alerting.run("Fatal")
    site.now.forward(minutes=2)
    assert alert_health.look(site.db, site.now()).late == ()
    site.now.forward(minutes=1)
    found = alert_health.look(site.db, site.now())
    assert found.unrouted == 1
    assert "not processed" in found.late[0]
    assert site.get("/api/health").get_json()["alerts"]["working"] is False
    alerting.tick()
    assert alert_health.look(site.db, site.now()).late == ()


def test_a_message_that_no_sender_takes_is_late_after_a_quarter_of_an_hour(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel())
    alerting.run("Fatal")
    alerting.tick(deliver=False)
    site.now.forward(minutes=15)
    assert alert_health.look(site.db, site.now()).late == ()
    site.now.forward(minutes=1)
    assert "sender" in alert_health.look(site.db, site.now()).late[0]


def test_a_channel_that_does_not_deliver_makes_nothing_late(alerting: Alerting) -> None:
    site = alerting.site
    channel = alerting.channel()
    alerting.rule(channel)
    alerting.run("Fatal")
    alerting.tick(deliver=False)
    channels.update(site.db, channel, {"state": channels.BROKEN})
    site.now.forward(hours=1)
    found = alert_health.look(site.db, site.now())
    assert (found.late, found.broken) == ((), ("ops",))
    assert site.get("/api/health").get_json()["alerts"] == {
        "working": True,
        "warning": "",
        "brokenChannels": 1,
    }
    assert 'duplistat_channel_broken{channel="ops",kind="webhook"} 1.0' in site.get("/metrics").text


def test_metrics_name_the_channels_of_those_alone_that_one_sees(alerting: Alerting) -> None:
    site = alerting.site
    child = site.account("child", "main")
    channel = alerting.channel("secret")
    channels.update(site.db, channel, {"state": channels.BROKEN})
    key = site.key(Scope.READ, account="child")
    answer = site.get("/metrics", Authorization=f"Bearer {key}").text
    assert child
    assert "duplistat_outbox_pending" in answer
    assert "secret" not in answer


def test_the_doctor_says_what_is_missing_and_what_to_do(alerting: Alerting) -> None:
    site = alerting.site
    by_name = {found.what: found for found in examine(site.db, site.config, None, site.now())}
    assert by_name["scheduler"].grade is Grade.PROBLEM
    assert by_name["sender"].grade is Grade.PROBLEM
    alerting.rule(alerting.channel(), match={"tags": ["prod"]})
    alerting.run("Success")
    scheduler_lease.take_lease(site.db, "sender", "one", site.now(), site.now())
    scheduler_lease.tick(site.db, "sender", site.now())
    by_name = {found.what: found for found in examine(site.db, site.config, None, site.now())}
    assert by_name["sender"].grade is Grade.OK
    assert by_name["rules"].grade is Grade.WARNING
    assert "1 of 1" in by_name["rules"].says


def test_a_heartbeat_asks_for_the_address_as_its_style_wants_it() -> None:
    url = "https://example.org/ping/secret"
    assert heartbeat.address_of(url, "healthchecks") == url
    push = "https://example.org/api/push/token?status=down&ping="
    assert (
        heartbeat.address_of(push, "uptime-kuma")
        == "https://example.org/api/push/token?status=up&ping=&msg=OK"
    )


def test_a_heartbeat_that_is_not_answered_well_says_why_and_names_no_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/ping/secret").respond_with_data("OK")
    httpserver.expect_request("/gone/secret").respond_with_data("no", status=404)
    assert beat(httpserver.url_for("/ping/secret")) == ""
    assert beat(httpserver.url_for("/gone/secret")) == "it answered 404"
    assert beat("http://127.0.0.1:1/secret") == "unreachable"


def test_a_scheduler_that_calls_nobody_does_without_the_library_for_it() -> None:
    code = "import sys, duplistat.jobs.scheduler; sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_scheduler_sends_a_heartbeat_only_while_alerts_work(
    alerting: Alerting, httpserver: HTTPServer
) -> None:
    site = alerting.site
    httpserver.expect_request("/ping").respond_with_data("OK")
    section = site.config.heartbeat.model_copy(update={"url": httpserver.url_for("/ping")})
    config = site.config.model_copy(update={"heartbeat": section})
    scheduler = Scheduler(config, site.db, site.writes, site.now, "one")
    assert scheduler.beat() == ""
    assert httpserver.log == []
    scheduler.tick()
    assert scheduler.beat() == ""
    assert len(httpserver.log) == 1
    alerting.run("Fatal")
    site.now.forward(minutes=5)
    scheduler.tick()
    assert "not processed" in scheduler.beat()
    assert len(httpserver.log) == 1
