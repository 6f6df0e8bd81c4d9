"""One notice, on its way: to whom, in which words, through which door; and what became of it.

Nothing is written to the database here but the numbers of recipients that have none.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from duplistat.config import Config
from duplistat.core.alerts.compose import Composed, Links, Style, compose
from duplistat.core.alerts.links import Verb
from duplistat.core.alerts.notice import Kind, NoticeFacts
from duplistat.core.errors import DuplistatError
from duplistat.core.i18n import Say, Text, stored
from duplistat.notify.mail import MailServer, send_message
from duplistat.notify.message import Message
from duplistat.notify.ntfy import send_ntfy
from duplistat.notify.outcome import Outcome, Result
from duplistat.notify.webhook import send_webhook
from duplistat.notify.webpush import Subscription, send_webpush
from duplistat.services.alerts import channel_config, recipients, signing
from duplistat.services.alerts.devices import NO_DEVICE
from duplistat.services.alerts.outcomes import Finished, finished, over_of
from duplistat.services.alerts.recipients import Active
from duplistat.services.alerts.zones import zone_of, zones_of
from duplistat.services.languages import spoken
from duplistat.services.worker_context import WorkerContext
from duplistat.store import channels, push_devices, users
from duplistat.store.channels import Channel
from duplistat.store.notices import Notice
from duplistat.store.push_devices import Device

log = logging.getLogger(__name__)

# The page of a notice, below our own address.
PAGE = "/alerts/notices/{notice}"


@dataclass(frozen=True, slots=True)
class _Job:
    """A notice with all that is needed to send it, until `deadline` by the monotonic clock."""

    context: WorkerContext
    notice: Notice
    facts: NoticeFacts
    channel: Channel | None
    config: Mapping[str, Any]
    say: Say
    zone: ZoneInfo
    deadline: float

    @property
    def left(self) -> float:
        return max(0.1, self.deadline - time.monotonic())


class _Bounds(TypedDict):
    """Which special networks may be called, what time it is (ms), and how long it may take (seconds)."""

    allow: Sequence[str]
    now: int
    deadline: float


def deliver(context: WorkerContext, notice: Notice, limit: float) -> Finished:
    """Send a notice within `limit` seconds; what became of it."""
    begun = time.monotonic()
    with context.db.connection():
        job = _job(context, notice, begun + limit)
        if isinstance(job, Outcome):
            return finished(job, begun)
        to = _recipients(job)
        devices = _devices(job)
    context.db.give_back()
    if job.channel is not None and job.channel.kind == channel_config.WEBPUSH:
        outcome = _by_push(job, devices)
    elif job.channel is not None and job.channel.kind != channel_config.MAIL:
        outcome = _by_kind(job, job.channel.kind, _message(job, None))
    else:
        outcome = _by_mail(job, to)
    return finished(outcome, begun)


def _job(context: WorkerContext, notice: Notice, deadline: float) -> _Job | Outcome:
    channel = channels.get(context.db, notice.channel_id) if notice.channel_id is not None else None
    try:
        config = channel_config.opened(context.config, channel) if channel is not None else {}
    except DuplistatError as e:
        return Outcome(Result.CHANNEL, answer=e.message[:200])
    say = spoken(channel.language if channel is not None else "")
    zone = _zone(context, notice, channel)
    return _Job(context, notice, json.loads(notice.facts), channel, config, say, zone, deadline)


def _zone(context: WorkerContext, notice: Notice, channel: Channel | None) -> ZoneInfo:
    """That of the channel, which its quiet hours go by too, or of the account whose administrators get a mail."""
    if channel is None:
        return zone_of(context.db, notice.account_id, context.config.zone)
    return zones_of(context.db, [channel], context.config.zone)[channel.id]


def _recipients(job: _Job) -> list[Active]:
    """Who has not got it yet, of those that are to get it by mail."""
    db, notice = job.context.db, job.notice
    if job.channel is None:
        found = _unnumbered(users.admin_emails(db, notice.account_id))
    elif job.channel.kind != channel_config.MAIL:
        return []
    elif asked := job.facts["details"].get(recipients.ASKS):
        row = channels.recipient(db, int(str(asked)))
        found = [{"address": row.address, "recipient": row.id}] if row is not None else []
    else:
        found = _numbered(job, job.channel, recipients.active(db, job.channel))
    have = set(json.loads(notice.sent_to))
    return [one for one in found if one["address"] not in have]


def _unnumbered(addresses: list[str]) -> list[Active]:
    return [{"address": address, "recipient": 0} for address in addresses]


def _numbered(job: _Job, channel: Channel, found: list[Active]) -> list[Active]:
    """The same, each with a number: without one nobody could take the address off."""
    new = [one["address"] for one in found if not one["recipient"]]
    if not new:
        return found
    numbers = job.context.writes.run(
        recipients.number_recipients, channel=channel.id, addresses=new, now=job.context.now()
    )
    return [{**one, "recipient": one["recipient"] or numbers.get(one["address"], 0)} for one in found]


def _by_mail(job: _Job, to: list[Active]) -> Outcome:
    mail = job.context.config.mail
    if not mail.host:
        return Outcome(Result.CHANNEL, answer=job.say.gettext("no mail server is set"))
    if not to:
        if json.loads(job.notice.sent_to):
            return Outcome(Result.SENT)
        return Outcome(Result.CHANNEL, answer=recipients.NO_ADDRESS)
    server = MailServer(
        mail.host, mail.port, mail.sender or f"duplistat@{mail.host}", mail.user, mail.password, mail.tls
    )
    try:
        messages = [(one["address"], _message(job, one)) for one in to]
    except DuplistatError as e:
        return Outcome(Result.TEMPORARY, answer=e.message[:200])
    return send_message(server, messages, job.left)


def _by_kind(job: _Job, kind: str, message: Message) -> Outcome:
    given, now = job.config, job.context.now()
    common: _Bounds = {"allow": job.context.config.alerts.allow, "now": now, "deadline": job.left}
    if kind == channel_config.WEBHOOK:
        keys = [given.get("secret", "")]
        if given.get("old_until", 0) > now:
            keys.append(given.get("old_secret", ""))
        return send_webhook(
            message,
            url=given["url"],
            secrets=[key for key in keys if key],
            template=given.get("template", ""),
            headers=given.get("headers", {}),
            **common,
        )
    if kind == channel_config.NTFY:
        server, topic = channel_config.ntfy_place(given["url"])
        labels = job.say.gettext("Details"), job.say.gettext("Acknowledge")
        return send_ntfy(
            message,
            server=server,
            topic=topic,
            token=given.get("token", ""),
            buttons=not given.get("public"),
            labels=labels,
            **common,
        )
    from duplistat.notify.apprise import send_apprise

    return send_apprise(message, url=given["url"], **common)


def _devices(job: _Job) -> list[Device]:
    """The devices that a channel pushes to, without those that have the notice already."""
    if job.channel is None or job.channel.kind != channel_config.WEBPUSH:
        return []
    have = set(json.loads(job.notice.sent_to))
    return [one for one in push_devices.of_channel(job.context.db, job.channel.id) if str(one.id) not in have]


def _by_push(job: _Job, devices: Sequence[Device]) -> Outcome:
    if not devices and json.loads(job.notice.sent_to):
        return Outcome(Result.SENT)
    message, config = _message(job, None), job.context.config
    # What subscribed to another key takes nothing of this one.
    old = {str(one.id): "another key" for one in devices if one.server_key != job.config.get("public")}
    outcome = send_webpush(
        message,
        [
            Subscription(str(one.id), one.endpoint, one.p256dh, one.auth)
            for one in devices
            if str(one.id) not in old
        ],
        key=job.config["key"],
        subject=_reached_at(config),
        path=_page_of(message),
        allow=config.alerts.allow,
        now=job.context.now(),
        deadline=job.left,
    )
    answer = outcome.answer or ("" if outcome.result is Result.SENT else NO_DEVICE)
    return replace(outcome, answer=answer, refused={**old, **outcome.refused})


def _reached_at(config: Config) -> str:
    """How a push service reaches who runs this server: some demand it."""
    if config.public_address.startswith("https://"):
        return config.public_address
    return f"mailto:{config.mail.sender}" if "@" in config.mail.sender else ""


def _page_of(message: Message) -> str:
    """The page that a tap opens, below our root: of the job, or of all problems."""
    job = message.data.get("job")
    return f"jobs/{job['id']}" if isinstance(job, dict) and job.get("id") else "alerts"


def _message(job: _Job, to: Active | None) -> Message:
    """The message for one recipient (None: whoever listens). Raises DuplistatError for a mail that is only a link."""
    notice, now = job.notice, job.context.now()
    facts, over = job.facts, over_of(notice)
    if to is not None and job.facts["details"].get(recipients.ASKS):
        facts = _asking(job, to)
    links = _links(job, to)
    words = _composed(job, facts, links, over, now)
    return Message(
        uid=notice.uid,
        thread=facts["problems"][0]["uid"] if facts["problems"] and facts["total"] == 1 else "",
        type=words.type,
        severity=words.severity,
        at=facts["at"],
        subject=words.subject,
        text=words.text,
        html=words.html,
        short=words.short,
        link=links.page,
        acknowledge=links.acknowledge,
        unsubscribe=links.unsubscribe,
        data={"notice": notice.uid, **words.data},
        kind=notice.kind,
        job=words.job,
    )


def _composed(job: _Job, facts: NoticeFacts, links: Links, over: Mapping[int, int], now: int) -> Composed:
    channel = job.channel
    style = Style(
        zone=job.zone,
        say=job.say,
        base_url=job.context.config.own_url,
        templates=json.loads(channel.templates) if channel is not None else {},
        plain=bool(job.notice.plain),
    )
    return compose(facts, style, links, closed=over, now=now)


def _links(job: _Job, to: Active | None) -> Links:
    """Where the message leads. It goes out without signed links where there is no key to sign them."""
    config, uid, now = job.context.config, job.notice.uid, job.context.now()
    page = config.own_url + PAGE.format(notice=job.notice.id)
    wrong = any(problem["closed_at"] is None for problem in job.facts["problems"])
    try:
        return Links(
            page=page,
            acknowledge=signing.url(
                config, uid=uid, verb=Verb.ACKNOWLEDGE, recipient=to["recipient"] if to else 0, now=now
            )
            if wrong and job.notice.kind != Kind.RECOVERED and job.channel is not None
            else "",
            unsubscribe=_unsubscribe(config, uid, to, now),
        )
    except DuplistatError as e:
        log.warning("notice %s goes out without signed links: %s", uid, e.message)
        return Links(page=page)


def _unsubscribe(config: Config, uid: str, to: Active | None, now: int) -> str:
    if to is None or not to["recipient"]:
        return ""
    return signing.url(config, uid=uid, verb=Verb.UNSUBSCRIBE, recipient=to["recipient"], now=now)


def _asking(job: _Job, to: Active) -> NoticeFacts:
    """The facts of a mail that asks to confirm an address, with the link that does."""
    link = signing.url(
        job.context.config,
        uid=job.notice.uid,
        verb=Verb.VERIFY,
        recipient=to["recipient"],
        now=job.context.now(),
    )
    text = Text(
        "Somebody wants to send backup alerts to this address, by the channel {name} of {home}.\n"
        "If that is all right, open this link within three days and confirm:\n{link}\n"
        "If not, do nothing: no alerts are sent then.",
        name=job.channel.name if job.channel is not None else "",
        home=job.context.config.own_url,
        link=link,
    )
    return {**job.facts, "details": {**job.facts["details"], "text": stored(text)}}
