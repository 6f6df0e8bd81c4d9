"""Notices on their way to devices, through a push service on this machine."""

import json
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from duplistat.core.errors import DuplistatError
from duplistat.services.alerts import channel_config, devices
from duplistat.store import channels, push_devices
from tests.services.alerts.test_sending import LOOPBACK, add, next_of
from tests.support.outgoing import Outgoing, facts, facts_of
from tests.support.people import People
from tests.support.push import PushBrowser
from tests.support.site import Site


@pytest.fixture
def outgoing(make_site: Callable[..., Site]) -> Outgoing:
    return Outgoing(make_site(alerts=LOOPBACK, server={"public_url": "https://backup.example.org"}))


class Phones:
    """Phones of one person, each with an address of its own at a push service."""

    def __init__(self, outgoing: Outgoing, service: HTTPServer) -> None:
        self.outgoing, self.service = outgoing, service
        self.channel = add(outgoing, "webpush")
        self.user = People(outgoing.site).user()

    def add(self, name: str, status: int = 201) -> PushBrowser:
        browser, site = PushBrowser(), self.outgoing.site
        self.service.expect_request(f"/{name}", method="POST").respond_with_response(Response(status=status))
        channel = channels.get(site.db, self.channel)
        assert channel is not None
        site.writes.run(
            devices.add_device,
            channel=self.channel,
            user=self.user,
            name=name,
            endpoint=self.service.url_for(f"/{name}"),
            p256dh=browser.p256dh,
            auth=browser.auth,
            server_key=channel_config.opened(site.config, channel)["public"],
            **site.signature(),
        )
        return browser

    @property
    def names(self) -> list[str]:
        return [device.name for device in push_devices.of_channel(self.outgoing.db, self.channel)]


@pytest.fixture
def phones(outgoing: Outgoing, httpserver: HTTPServer) -> Phones:
    return Phones(outgoing, httpserver)


def test_each_device_gets_a_message_that_it_alone_can_read(phones: Phones, httpserver: HTTPServer) -> None:
    one, two = phones.add("one"), phones.add("two")
    problem = phones.outgoing.problem()
    phones.outgoing.notice(phones.channel, problem)
    assert next_of(phones.outgoing)["result"] == "sent"
    (first, _), (second, _) = httpserver.log
    said = one.json(first.data)
    assert "Documents" in said["title"]
    assert said["body"]
    assert said["tag"] == problem.uid
    assert two.json(second.data) == said
    assert "Documents" not in first.data.decode("latin-1")
    assert first.headers["Content-Encoding"] == "aes128gcm"
    assert first.headers["Urgency"] == "high"
    assert first.headers["Topic"] == problem.uid
    assert first.headers["TTL"] == "86400"
    assert first.headers["Authorization"].startswith("vapid t=")
    assert len(first.data) < 2000
    assert all(device.last_ok_at for device in push_devices.of_channel(phones.outgoing.db, phones.channel))


def test_a_tap_opens_the_job_or_the_problems_of_several(phones: Phones, httpserver: HTTPServer) -> None:
    phone = phones.add("one")
    of_job = facts_of(phones.outgoing.problem()) | {"job_id": 7}
    for problems in ([of_job], [of_job, facts_of(phones.outgoing.problem())]):
        told = facts(total=len(problems), problems=problems)
        phones.outgoing.notice(phones.channel, facts=json.dumps(told))
        next_of(phones.outgoing)
    assert [phone.json(request.data)["path"] for request, _ in httpserver.log] == ["jobs/7", "alerts"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_removed_and_the_others_get_theirs(
    phones: Phones, status: int
) -> None:
    phones.add("gone", status)
    phones.add("here")
    phones.outgoing.notice(phones.channel)
    done = next_of(phones.outgoing)
    assert (done["result"], len(done["delivered"])) == ("sent", 1)
    assert phones.names == ["here"]


def test_what_a_busy_push_service_did_not_take_goes_again_to_that_device_alone(
    phones: Phones, httpserver: HTTPServer
) -> None:
    phones.add("fine")
    phones.add("busy", 503)
    phones.outgoing.notice(phones.channel)
    assert next_of(phones.outgoing)["result"] == "temporary"
    httpserver.clear()
    httpserver.expect_request("/busy").respond_with_response(Response(status=201))
    phones.outgoing.now.forward(minutes=5)
    assert next_of(phones.outgoing)["result"] == "sent"
    assert [request.path for request, _ in httpserver.log] == ["/busy"]


def test_without_a_device_a_channel_is_broken_until_there_is_one(phones: Phones) -> None:
    phones.outgoing.notice(phones.channel)
    assert next_of(phones.outgoing)["result"] == "channel"
    assert phones.outgoing.get_channel(phones.channel).state_why == devices.NO_DEVICE
    phones.add("one")
    assert phones.outgoing.get_channel(phones.channel).state == channels.ON
    assert next_of(phones.outgoing)["result"] == "sent"


def test_an_address_inside_that_is_not_opened_is_not_called(
    make_site: Callable[..., Site], httpserver: HTTPServer
) -> None:
    phones = Phones(Outgoing(make_site()), httpserver)
    phones.add("inside")
    phones.outgoing.notice(phones.channel)
    assert next_of(phones.outgoing)["result"] == "channel"
    assert httpserver.log == []
    assert phones.names == []


def test_what_subscribed_to_another_key_is_removed(phones: Phones, httpserver: HTTPServer) -> None:
    phones.add("old")
    fresh = channel_config.prepared(phones.outgoing.site.config, "webpush", {})
    channels.update(phones.outgoing.db, phones.channel, {"config": fresh.config})
    phones.outgoing.notice(phones.channel)
    assert next_of(phones.outgoing)["result"] == "channel"
    assert (httpserver.log, phones.names) == ([], [])


def test_an_account_has_one_such_channel_and_its_key_stays(phones: Phones) -> None:
    config, db = phones.outgoing.site.config, phones.outgoing.db
    channel = channels.get(db, phones.channel)
    assert channel is not None
    plain = channel_config.opened(config, channel)
    kept = channel_config.prepared(config, "webpush", {}, plain)
    channels.update(db, phones.channel, {"config": kept.config})
    again = channels.get(db, phones.channel)
    assert again is not None
    assert channel_config.opened(config, again) == plain
    assert plain["key"] not in channel.config
    with pytest.raises(DuplistatError, match="web push already"):
        add(phones.outgoing, "webpush")


def test_a_browser_is_one_device_and_goes_with_its_channel(phones: Phones) -> None:
    phones.add("one")
    phones.add("one")
    assert phones.names == ["one"]
    channels.delete(phones.outgoing.db, phones.channel)
    assert push_devices.of_user(phones.outgoing.db, phones.user) == []


def test_a_person_has_so_many_devices_and_none_at_a_channel_of_another_account(phones: Phones) -> None:
    for number in range(devices.MOST_DEVICES):
        phones.add(f"phone-{number}")
    with pytest.raises(DuplistatError, match="remove one first"):
        phones.add("one-more")
    phones.outgoing.site.account("acme")
    phones.user = People(phones.outgoing.site).user("eva@example.org", account="acme")
    with pytest.raises(DuplistatError, match="channel not found"):
        phones.add("other")
