"""One notice on its way through real doors: a mail server, a webhook, ntfy."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from duplistat.core.alerts.links import PATH, Verb
from duplistat.services.alerts import recipients, signing
from duplistat.services.alerts.channel_config import prepared
from duplistat.services.alerts.channels import add_channel, test_channel
from duplistat.services.alerts.outcomes import Finished
from duplistat.services.alerts.sending import deliver
from duplistat.services.audit import By
from duplistat.services.worker_context import WorkerContext
from duplistat.store import channels
from tests.support.mailbox import Mailbox, mail_server
from tests.support.outgoing import MAIN, Outgoing
from tests.support.people import People
from tests.support.site import Site

test_channel.__test__ = False  # type: ignore[attr-defined]  # a command
LOOPBACK = {"allow": ["127.0.0.0/8"]}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def outgoing(make_site: Callable[..., Site], mailbox: Mailbox) -> Outgoing:
    mail = {"host": "127.0.0.1", "port": mailbox.port, "sender": "alerts@example.org"}
    return Outgoing(make_site(alerts=LOOPBACK, mail=mail))


def add(outgoing: Outgoing, kind: str, *, by: By | None = None, **given: Any) -> int:
    site = outgoing.site
    ready = prepared(site.config, kind, given)
    signature = site.signature(by) if by else site.signature()
    return site.writes.run(
        add_channel,
        account=MAIN,
        kind=kind,
        config=ready.config,
        shown=ready.shown,
        settings={"name": "ops", "zone": "Europe/Berlin"},
        **signature,
    )


def send(outgoing: Outgoing, notice: int, limit: float = 10) -> Finished:
    """Send a notice that was claimed, as a sender does, and note what became of it."""
    site = outgoing.site
    context = WorkerContext(site.config, site.db, site.writes, site.now)
    done = deliver(context, outgoing.get(notice), limit)
    outgoing.finish(notice, **{name: value for name, value in done.items() if name != "number"})  # type: ignore[arg-type]  # by name
    return done


def next_of(outgoing: Outgoing) -> Finished:
    (notice,) = outgoing.claim()
    return send(outgoing, notice)


def test_a_mail_goes_to_each_recipient_with_links_of_its_own(outgoing: Outgoing, mailbox: Mailbox) -> None:
    channel = add(outgoing, "mail", to=["a@example.org", "b@example.org"])
    problem = outgoing.problem()
    notice = outgoing.notice(channel, problem)
    done = next_of(outgoing)
    assert (done["result"], done["delivered"]) == ("sent", ["a@example.org", "b@example.org"])
    assert [mail["To"] for mail in mailbox.mails] == ["a@example.org", "b@example.org"]
    first, second = mailbox.mails
    uid = outgoing.get(notice).uid
    assert first["Message-ID"] == f"<{uid}@example.org>"
    assert problem.uid in first["References"]
    assert "Documents" in first["Subject"]
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    numbers = {one.address: one.id for one in channels.recipients(outgoing.db, channel)}
    for mail in mailbox.mails:
        token = mail["List-Unsubscribe"].strip("<>").partition(PATH)[2]
        link = signing.read(outgoing.site.config, token, outgoing.now())
        assert link is not None
        assert (link.uid, link.verb, link.recipient) == (uid, Verb.UNSUBSCRIBE, numbers[str(mail["To"])])


def test_who_was_told_already_is_not_told_again(outgoing: Outgoing, mailbox: Mailbox) -> None:
    channel = add(outgoing, "mail", to=["a@example.org", "b@example.org"])
    outgoing.notice(channel)
    outgoing.send("temporary", delivered=["a@example.org"])
    outgoing.now.forward(minutes=1)
    assert next_of(outgoing)["result"] == "sent"
    assert [mail["To"] for mail in mailbox.mails] == ["b@example.org"]


def test_administrators_are_looked_up_when_it_is_sent(outgoing: Outgoing, mailbox: Mailbox) -> None:
    channel = add(outgoing, "mail", admins=True)
    outgoing.notice(channel)
    People(outgoing.site).user("ada@people.example.org")
    assert next_of(outgoing)["delivered"] == ["ada@people.example.org"]
    assert "List-Unsubscribe" in mailbox.mails[0]


def test_without_anybody_to_tell_a_channel_is_broken(outgoing: Outgoing) -> None:
    channel = add(outgoing, "mail", admins=True)
    outgoing.notice(channel)
    assert next_of(outgoing)["result"] == "channel"
    assert outgoing.get_channel(channel).state_why == recipients.NO_ADDRESS


def test_without_a_mail_server_a_channel_is_broken(make_site: Callable[..., Site]) -> None:
    outgoing = Outgoing(make_site())
    channel = add(outgoing, "mail", to=["a@example.org"])
    outgoing.notice(channel)
    assert next_of(outgoing)["result"] == "channel"
    assert outgoing.get_channel(channel).state_why == "no mail server is set"


def test_an_address_is_asked_by_a_mail_with_a_link_that_confirms_it(
    outgoing: Outgoing, mailbox: Mailbox
) -> None:
    stranger = By(None, "somebody who is signed in")
    channel = add(outgoing, "mail", by=stranger, to=["boss@example.com"])
    assert next_of(outgoing)["delivered"] == ["boss@example.com"]
    body = mailbox.mails[0].get_body(("plain",))
    assert body is not None
    token = body.get_content().partition(PATH)[2].split()[0]
    link = signing.read(outgoing.site.config, token, outgoing.now())
    (boss,) = channels.recipients(outgoing.db, channel)
    assert link is not None
    assert (link.verb, link.recipient) == (Verb.VERIFY, boss.id)


def test_a_mail_about_a_channel_reaches_the_administrators(outgoing: Outgoing, mailbox: Mailbox) -> None:
    People(outgoing.site).user("ada@people.example.org")
    outgoing.notice(None)
    assert next_of(outgoing)["delivered"] == ["ada@people.example.org"]
    assert "List-Unsubscribe" not in mailbox.mails[0]


def test_a_webhook_is_signed_and_names_the_notice(outgoing: Outgoing, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("thanks", status=202)
    channel = add(outgoing, "webhook", url=httpserver.url_for("/hook"))
    notice = outgoing.notice(channel, outgoing.problem())
    done = next_of(outgoing)
    assert (done["result"], done["code"], done["answer"]) == ("sent", "202", "thanks")
    (request, _) = httpserver.log[0]
    uid = outgoing.get(notice).uid
    body = json.loads(request.data)
    assert (request.headers["webhook-id"], body["data"]["notice"], body["type"]) == (uid, uid, "job.failed")
    secret = _secret_of(outgoing, channel)
    signed = f"{uid}.{request.headers['webhook-timestamp']}.".encode() + request.data
    wanted = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{wanted}"


def _secret_of(outgoing: Outgoing, channel: int) -> bytes:
    from duplistat.services.alerts.channel_config import opened

    plain = opened(outgoing.site.config, outgoing.get_channel(channel))
    return base64.b64decode(plain["secret"].removeprefix("whsec_"))


def test_the_answer_of_a_receiver_is_kept_without_the_secret_in_its_url(
    outgoing: Outgoing, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/s3cret-of-the-hook").respond_with_data(
        "no such hook: /s3cret-of-the-hook", status=404
    )
    channel = add(outgoing, "webhook", url=httpserver.url_for("/s3cret-of-the-hook"))
    notice = outgoing.notice(channel)
    assert next_of(outgoing)["result"] == "channel"
    (attempt,) = outgoing.attempts(notice)
    assert attempt.code == "404"
    assert "no such hook" in attempt.answer
    assert "s3cret" not in f"{attempt} {outgoing.get_channel(channel).state_why}"


def test_an_alarm_that_is_late_says_that_it_is_over(outgoing: Outgoing, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("")
    problem = outgoing.problem()
    outgoing.notice(add(outgoing, "webhook", url=httpserver.url_for("/hook")), problem)
    outgoing.now.forward(minutes=5)
    outgoing.close(problem)
    next_of(outgoing)
    told = json.loads(httpserver.log[0][0].data)["data"]["problem"]
    assert told["closed"] is not None


def test_buttons_of_a_phone_act_unless_the_topic_is_public(
    outgoing: Outgoing, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "x"})
    for public in (False, True):
        channel = add_named(outgoing, f"phone-{public}", httpserver.url_for("/topic"), public=public)
        outgoing.notice(channel, outgoing.problem())
        assert next_of(outgoing)["result"] == "sent"
    private, public_one = (json.loads(request.data) for request, _ in httpserver.log)
    assert [action["action"] for action in private["actions"]] == ["view", "http"]
    assert "actions" not in public_one
    assert private["topic"] == "topic"


def add_named(outgoing: Outgoing, name: str, url: str, **given: Any) -> int:
    site = outgoing.site
    ready = prepared(site.config, "ntfy", {"url": url, **given})
    return site.writes.run(
        add_channel,
        account=MAIN,
        kind="ntfy",
        config=ready.config,
        shown=ready.shown,
        settings={"name": name, "language": "de"},
        **site.signature(),
    )


def test_what_cannot_be_decrypted_breaks_its_channel(outgoing: Outgoing) -> None:
    channel = add(outgoing, "webhook", url="https://example.org/")
    with outgoing.db.transaction():
        channels.update(outgoing.db, channel, {"config": "gAAAAnothing"})
    outgoing.notice(channel)
    assert next_of(outgoing)["result"] == "channel"
    assert outgoing.get_channel(channel).state == "broken"


def test_a_private_address_is_refused_unless_it_is_allowed(make_site: Callable[..., Site]) -> None:
    outgoing = Outgoing(make_site())
    channel = add(outgoing, "webhook", url="http://127.0.0.1:9/")
    notice = outgoing.site.writes.run(test_channel, channel=channel, **outgoing.site.signature())
    assert next_of(outgoing)["result"] == "channel"
    assert outgoing.state(notice) == ("failed", "channel")
