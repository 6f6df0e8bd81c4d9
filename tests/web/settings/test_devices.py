"""Devices that get notifications, on the page of the profile."""

import re

import pytest

from duplistat.store import audit, channels, push_devices
from duplistat.store.audit import Filter
from duplistat.store.push_devices import Device
from tests.support.push import PushBrowser
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site

ENDPOINT = "https://push.example.org/send/secret-of-one"


def push_channel(site: Site) -> int:
    """The number of a new channel, made on its page."""
    site.send("/alerts/channels/new/webpush", name="phones", self_test="1", language="")
    found = channels.by_name(site.db, 1, "phones")
    assert found is not None
    return found.id


def subscribe(site: Site, status: int = 303, **fields: str) -> None:
    browser = PushBrowser()
    given = {"endpoint": ENDPOINT, "p256dh": browser.p256dh, "auth": browser.auth}
    site.send("/settings/me/devices", status, **(given | fields))


def stored(site: Site) -> list[Device]:
    return [
        device
        for channel in channels.all_channels(site.db)
        for device in push_devices.of_channel(site.db, channel.id)
    ]


def test_without_a_channel_the_profile_says_what_to_do_first(site: Site) -> None:
    html = site.html("/settings/me")
    assert 'href="/alerts/channels/new/webpush"' in html
    assert "Notify this device" not in html
    with as_role(site, "viewer", 1):
        assert "First an administrator has to add a channel" in site.text("/settings/me")
    subscribe(site, 404)


def test_a_device_is_added_named_listed_and_removed(site_on_both: Site) -> None:
    site = site_on_both
    channel = push_channel(site)
    site.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile"
    subscribe(site)
    (device,) = stored(site)
    assert (device.name, device.endpoint) == ("Chrome, Android", ENDPOINT)
    page = site.html("/settings/me")
    assert f'data-key="{device.server_key}"' in page
    assert "Chrome, Android" in page
    assert "secret-of-one" not in page
    assert "1 device" in site.text(f"/alerts/channels/{channel}")
    site.send(f"/settings/me/devices/{device.id}/remove")
    assert stored(site) == []
    site.send(f"/settings/me/devices/{device.id}/remove", 404)
    entries = audit.page(site.db, (1,), Filter(action="device"), before=None, limit=9)
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("device.remove", "Chrome, Android"),
        ("device.add", "Chrome, Android"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": ""},
        {"endpoint": "http://push.example.org/plain"},
        {"endpoint": "https://push.example.org/" + "x" * 2000},
        {"p256dh": "x"},
        {"auth": "x" * 300},
    ],
)
def test_what_is_no_subscription_is_refused(site: Site, fields: dict[str, str]) -> None:
    push_channel(site)
    subscribe(site, 400, **fields)
    assert stored(site) == []


def test_nobody_touches_a_device_of_another_person(site: Site) -> None:
    push_channel(site)
    subscribe(site)
    (device,) = stored(site)
    with as_role(site, "operator", 1):
        assert device.name not in re.findall(
            r'<tr><th scope="row"><bdi>(.*?)</bdi>', site.html("/settings/me")
        )
        site.send(f"/settings/me/devices/{device.id}/remove", 404)
    with as_role(site, "admin", below_main(site, "acme")):
        subscribe(site, 404)
    assert stored(site) == [device]


def test_a_second_channel_of_an_account_is_refused(site: Site) -> None:
    push_channel(site)
    answer = site.send("/alerts/channels/new/webpush", 400, name="more", language="")
    assert "This account has a channel for web push already" in answer.text
