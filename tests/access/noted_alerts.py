"""Commands about alerts, and what has to be so before."""

import json
from collections.abc import Callable
from typing import Any

from duplistat.now import wall_clock
from duplistat.services.alerts import (
    by_hand,
    channel_problem,
    devices,
    digests,
    recipients,
)
from duplistat.services.alerts import channels as channel_commands
from duplistat.services.alerts.acknowledge import acknowledge, acknowledge_all
from duplistat.services.alerts.rules import add_rule, delete_rule, set_rule
from duplistat.services.alerts.silences import add_silence, end_silence
from duplistat.store import channels, push_devices
from duplistat.store import digests as digest_rows
from tests.access.noted_world import (
    SECRET,
    Command,
    World,
    forget_secrets,
)
from tests.support.alerting import Alerting
from tests.support.outgoing import Outgoing
from tests.support.silences import set_silence


def a_channel(w: World) -> int:
    return Alerting(w.site).channel()


def a_digest(w: World) -> int:
    """A digest that the log knows nothing of."""
    row = {"account_id": 1, "name": "daily", "period": "day", "hour": 7, "channels": f"[{a_channel(w)}]"}
    new = digest_rows.add(w.site.db, {**row, "next_at": 1, "created_at": 1})
    assert new is not None
    return new


def digest_off(w: World) -> None:
    """A digest that is off."""
    w.site.writes.run(
        digests.set_digest, digest=a_digest(w), changes={"enabled": False}, **w.site.signature()
    )


def alert_channel(w: World) -> int:
    return Outgoing(w.site).channel()


def push_channel(w: World) -> int:
    return Outgoing(w.site).channel(kind="webpush")


def push_device(w: World) -> int:
    """A device of Jo's that the log knows nothing of."""
    return push_devices.put(
        w.site.db,
        channel=push_channel(w),
        user=w.jo,
        name="Chrome, Android",
        endpoint="https://push.example.org/1",
        p256dh=SECRET,
        auth=SECRET,
        server_key="k",
        now=w.site.now(),
    )


def channel_with_a_test(w: World) -> dict[str, Any]:
    outgoing = Outgoing(w.site)
    channel = outgoing.channel()
    facts = json.dumps({"details": {"code": "1234"}})
    outgoing.notice(channel, kind="test", facts=facts)
    return {"channel": channel, "code": "1234"}


def recipient(w: World, **changes: Any) -> int:
    """An address of a channel, which its owner has not confirmed."""
    channel = Outgoing(w.site).channel(kind="mail")
    with w.site.db.transaction():
        made = channels.add_recipient(w.site.db, channel, "boss@example.com", None)
        assert made is not None
        if changes:
            channels.set_recipient(w.site.db, made, changes)
    return made


def waiting_notice(w: World) -> int:
    outgoing = Outgoing(w.site)
    return outgoing.notice(outgoing.channel())


def alerting(w: World) -> Alerting:
    return Alerting(w.site)


def rule_to(channel: int) -> dict[str, Any]:
    return {"steps": [{"minutes": 0, "channels": [channel]}]}


def made_rule(w: World) -> int:
    rule = rule_to(alerting(w).channel())
    return w.site.writes.run(add_rule, account=1, name="made", rule=rule, **w.site.signature())


def made_silence(w: World, until: int = 1000) -> int:
    return set_silence(w.site.writes, w.site.now(), lasts_ms=until)


def channel_off(w: World) -> None:
    """A channel that is off."""
    channels.update(w.site.db, alerting(w).channel(), {"state": channels.OFF})


def off(w: World) -> None:
    """A rule that is off."""
    w.site.writes.run(set_rule, rule=made_rule(w), enabled=False, **w.site.signature())


def silence_of_today(w: World) -> int:
    """Commands go by the clock on the wall."""
    w.site.now.at = wall_clock()
    return made_silence(w, 3_600_000)


def channel_under_a_new_key(w: World) -> None:
    """A channel; what was encrypted before it is gone."""
    forget_secrets(w)
    alert_channel(w)


def broken_channel(w: World) -> int:
    """The problem of a channel that does not deliver."""
    channel = channels.get(w.site.db, alerting(w).channel("broken"))
    assert channel is not None
    with w.site.db.transaction():
        return channel_problem.opened(w.site.db, channel, "no such hook", w.site.now()).id


# Commands of people about alerts: what to run each with, and what is noted then.
OF_ALERTS: dict[Command, tuple[Callable[[World], dict[str, Any]], str]] = {
    add_rule: (lambda w: {"account": 1, "name": "r", "rule": rule_to(alerting(w).channel())}, "rule.create"),
    set_rule: (lambda w: {"rule": made_rule(w), "enabled": False}, "rule.set"),
    delete_rule: (lambda w: {"rule": made_rule(w)}, "rule.delete"),
    add_silence: (
        lambda w: {"account": 1, "match": {}, "from_at": w.site.now(), "until_at": w.site.now() + 1000},
        "silence.create",
    ),
    end_silence: (lambda w: {"silence": made_silence(w)}, "silence.end"),
    acknowledge: (
        lambda w: {"problem": broken_channel(w), "until": w.site.now() + 1000},
        "problem.acknowledge",
    ),
    acknowledge_all: (
        lambda w: {"numbers": [broken_channel(w)], "until": w.site.now() + 1000},
        "problem.acknowledge",
    ),
    channel_commands.add_channel: (
        lambda w: {
            "account": 1,
            "kind": "webhook",
            "config": SECRET,
            "shown": "h",
            "settings": {"name": "n"},
        },
        "channel.add",
    ),
    devices.add_device: (
        lambda w: {
            "channel": push_channel(w),
            "user": w.jo,
            "name": "Chrome, Android",
            "endpoint": f"https://push.example.org/{SECRET}",
            "p256dh": SECRET,
            "auth": SECRET,
            "server_key": "k",
        },
        "device.add",
    ),
    devices.remove_device: (lambda w: {"device": push_device(w), "user": w.jo}, "device.remove"),
    channel_commands.set_channel: (
        lambda w: {"channel": alert_channel(w), "settings": {"name": "n"}, "config": SECRET, "shown": "h"},
        "channel.set",
    ),
    channel_commands.rotate_channel_secret: (
        lambda w: {"channel": alert_channel(w), "config": SECRET},
        "channel.rotate",
    ),
    channel_commands.switch_channel: (lambda w: {"channel": alert_channel(w), "on": False}, "channel.off"),
    channel_commands.delete_channel: (lambda w: {"channel": alert_channel(w)}, "channel.delete"),
    channel_commands.test_channel: (lambda w: {"channel": alert_channel(w)}, "channel.test"),
    channel_commands.confirm_channel: (channel_with_a_test, "channel.verified"),
    recipients.ask_again: (lambda w: {"recipient": recipient(w)}, "channel.ask"),
    recipients.verify_recipient: (lambda w: {"recipient": recipient(w)}, "channel.verify_address"),
    recipients.unsubscribe: (lambda w: {"recipient": recipient(w)}, "channel.unsubscribe"),
    recipients.resubscribe: (lambda w: {"recipient": recipient(w, unsubscribed_at=1)}, "channel.resubscribe"),
    by_hand.send_waiting: (lambda w: {"channel": alert_channel(w)}, "channel.send"),
    by_hand.retry_notice: (lambda w: {"notice": waiting_notice(w)}, "notice.retry"),
    by_hand.drop_notice: (lambda w: {"notice": waiting_notice(w)}, "notice.drop"),
    digests.add_digest: (
        lambda w: {"account": 1, "changes": {"name": "weekly", "channels": [a_channel(w)]}},
        "digest.create",
    ),
    digests.set_digest: (lambda w: {"digest": a_digest(w), "changes": {"hour": 9}}, "digest.set"),
    digests.send_digest: (
        lambda w: {"digest": a_digest(w), "facts": {"account": "main", "counts": {}}},
        "digest.send",
    ),
    digests.delete_digest: (lambda w: {"digest": a_digest(w)}, "digest.delete"),
}
