"""A browser subscribes to web push on the profile, gets a message that it alone can read, and ends that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from duplistat.http.context import KEY, Context
from duplistat.jobs.sender import Sender
from duplistat.services.alerts import channel_config, devices
from duplistat.services.alerts.sending import deliver
from duplistat.services.people.identity import Role
from duplistat.services.worker_context import WorkerContext
from duplistat.store import push_devices
from duplistat.store.push_devices import Device
from tests.browser.conftest import serving, signed_in
from tests.support.certificates import self_signed
from tests.support.push import PushBrowser, padded
from tests.support.receivers import Receiver, receiver, says
from tests.support.signing import person

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
NOTIFY = "Notify this device"
# The push service of a browser's maker, as far as a page sees it: a key pair and a secret are made here, and an
# endpoint is of the receiver of the test.
PUSH_SERVICE = """(() => {
    const kept = () => JSON.parse(localStorage.getItem("subscription"));
    const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const subscription = (made) => made && {
        toJSON: () => ({endpoint: made.endpoint, keys: {p256dh: made.p256dh, auth: made.auth}}),
        unsubscribe: async () => {
            localStorage.removeItem("subscription");
            return true;
        },
    };
    PushManager.prototype.getSubscription = async () => subscription(kept());
    PushManager.prototype.subscribe = async ({userVisibleOnly, applicationServerKey}) => {
        if (!userVisibleOnly || kept()) throw new Error("there is one already, or it would be silent");
        const pair = await crypto.subtle.generateKey({name: "ECDH", namedCurve: "P-256"}, true, ["deriveBits"]);
        localStorage.setItem("subscription", JSON.stringify({
            endpoint: `ENDPOINT/${crypto.randomUUID()}`,
            p256dh: text(await crypto.subtle.exportKey("raw", pair.publicKey)),
            auth: text(crypto.getRandomValues(new Uint8Array(16))),
            own: (await crypto.subtle.exportKey("jwk", pair.privateKey)).d,
            server: text(applicationServerKey),
        }));
        return subscription(kept());
    };
})()"""


@dataclass(frozen=True)
class Place:
    """A server with a channel for web push, and the push service that it reaches."""

    address: str
    ctx: Context
    service: Receiver

    @property
    def devices(self) -> list[Device]:
        return push_devices.of_channel(self.ctx.db, self.channel)

    @property
    def channel(self) -> int:
        found = devices.channel_of(self.ctx.db, self.ctx.main_account)
        assert found is not None
        return found.id

    def server_key(self) -> str:
        found = devices.channel_of(self.ctx.db, self.ctx.main_account)
        assert found is not None
        return str(channel_config.opened(self.ctx.config, found)["public"])

    def send(self) -> None:
        """Send waiting messages, as the sender process does."""
        ctx = self.ctx
        context = WorkerContext(ctx.config, ctx.db, ctx.writes, ctx.now)
        sender = Sender(context, partial(deliver, context), "test")
        assert sender.poll() == 1
        sender.join(30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Place]:
    contexts: list[Context] = []

    def fill(app: Flask) -> None:
        ctx = app.extensions[KEY]
        # The one who looks, and will have a device.
        person(ctx.db, ctx.main_account, Role.ADMIN, ctx.now())
        contexts.append(ctx)

    folder = tmp_path_factory.mktemp("push")
    certificate = self_signed(folder).file
    with (
        pytest.MonkeyPatch.context() as patch,
        receiver(says(CREATED), certificate=certificate) as service,
        serving(folder, then=fill, alerts={"allow": ["127.0.0.0/8"]}) as address,
    ):
        patch.setenv("SSL_CERT_FILE", str(certificate))
        with signed_in(chromium.new_context()) as context:
            page = context.new_page()
            page.goto(f"{address}/alerts/channels/new/webpush")
            page.get_by_label("Name", exact=True).fill("phones")
            page.get_by_role("button", name="Add channel").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("phones")
        yield Place(address, contexts[0], service)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with signed_in(chromium.new_context(locale="en-GB")) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def kept(page: Page) -> dict[str, Any] | None:
    """The subscription that the browser has, with the private key that only it knows."""
    found: dict[str, Any] | None = json.loads(page.evaluate("localStorage.getItem('subscription')") or "null")
    return found


def browser_of(subscription: dict[str, Any]) -> PushBrowser:
    own = int.from_bytes(padded(subscription["own"]), "big")
    return PushBrowser(derive_private_key(own, SECP256R1()), padded(subscription["auth"]))


def test_a_device_is_subscribed_gets_what_it_alone_can_read_and_ends_that(page: Page, place: Place) -> None:
    page.context.grant_permissions(["notifications"], origin=place.address)
    endpoint = f"https://127.0.0.1:{place.service.port}/send"
    page.add_init_script(PUSH_SERVICE.replace("ENDPOINT", endpoint))
    page.goto(f"{place.address}/settings/me")
    page.get_by_role("button", name=NOTIFY).click()
    expect(page.get_by_role("status").first).to_contain_text("This device gets notifications.")
    subscription = kept(page)
    assert subscription is not None
    assert subscription["server"] == place.server_key()
    (device,) = place.devices
    assert (device.endpoint, device.p256dh, device.auth) == tuple(
        subscription[name] for name in ("endpoint", "p256dh", "auth")
    )
    row = page.locator("#devices tbody tr")
    expect(row).to_contain_text("this device")
    expect(row).to_contain_text("never")
    expect(page.get_by_role("button", name=NOTIFY)).to_be_hidden()

    page.goto(f"{place.address}/alerts/channels/{place.channel}")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#test")).to_contain_text("waiting")
    place.send()
    expect(page.locator("#test")).to_contain_text("201")
    head, _, body = place.service.seen[0].partition(b"\r\n\r\n")
    assert head.startswith(
        f"POST {endpoint.removeprefix(f'https://127.0.0.1:{place.service.port}')}".encode()
    )
    said = browser_of(subscription).json(body)
    assert "phones" in said["body"]

    page.goto(f"{place.address}/settings/me")
    expect(row).not_to_contain_text("never")
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status").first).to_contain_text("Device removed.")
    expect(row).to_have_count(0)
    expect(page.get_by_role("button", name=NOTIFY)).to_be_visible()
    assert (kept(page), place.devices) == (None, [])


def test_what_keeps_a_browser_from_subscribing_is_said(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/settings/me")
    button, problem = page.get_by_role("button", name=NOTIFY), page.locator("#notify-problem")
    button.click()
    expect(problem).to_have_text(
        "This browser does not allow notifications of this site: allow them in its settings."
    )
    page.context.grant_permissions(["notifications"], origin=place.address)
    # As where a browser keeps nothing of this site.
    page.evaluate(
        """() => {
            ServiceWorkerContainer.prototype.register = async () => { throw new Error("storage is blocked"); };
        }"""
    )
    button.click()
    expect(problem).to_have_text("The browser could not subscribe to notifications. (storage is blocked)")
    expect(button).to_be_enabled()
    assert place.devices == []


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        # By its name a host without TLS is not trusted.
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "Notifications need https"),
        ("delete window.PushManager", "On an iPhone add duplistat to the home screen first"),
        ("delete Navigator.prototype.serviceWorker", "This browser has no notifications."),
    ],
    ids=["no TLS", "no push", "no workers"],
)
def test_a_browser_that_has_no_notifications_is_told_what_to_do(
    page: Page, place: Place, lacks: str, said: str
) -> None:
    page.add_init_script(lacks)
    page.goto(f"{place.address}/settings/me")
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    expect(page.get_by_role("button", name=NOTIFY)).to_be_hidden()
