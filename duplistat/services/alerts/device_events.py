"""Notifications of devices go through the same rules: one message for a channel, however many come while it waits."""

import json

from duplistat.core.alerts.due import Listener
from duplistat.core.alerts.grouping import STORM, STORM_MS
from duplistat.core.alerts.matching import EventSubject
from duplistat.core.alerts.notice import MOST_EVENTS, Kind, NoticeFacts, Why
from duplistat.core.alerts.quiet import DROP, quiet_until
from duplistat.core.times import from_ms, to_ms
from duplistat.services.alerts.facts import empty_facts, event_facts
from duplistat.services.alerts.listeners import ancestors, load_listeners
from duplistat.services.alerts.new_notice import dumped, new_notice
from duplistat.services.alerts.zones import zones_of
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, channels, events, notices, servers
from duplistat.store.channels import OFF, Channel
from duplistat.store.events import Event

# Notifications taken in by one transaction: reports wait for it.
AT_ONCE = 20


@command
def route_events(tx: Tx, *, now: int, storm_ms: int) -> int:
    """Take in the notifications that wait, at most AT_ONCE of them, and have told what rules are for; how many."""
    waiting = events.unrouted(tx.db, AT_ONCE)
    if not waiting:
        return 0
    listeners, above = load_listeners(tx.db, now), ancestors(tx.db)
    hosts = servers.by_ids(tx.db, {event.server_id for event in waiting})
    for event in waiting:
        server = hosts.get(event.server_id)
        if not events.route(tx.db, event.id, now) or server is None:
            continue
        subject = EventSubject(
            server.id, server.group_name, above[event.account_id], event.severity, event.type
        )
        if listeners.silences_event(subject):
            continue
        found = listeners.of_event(subject)
        by_channel = {channel: item for item in found for channel in item.rule.first_channels}
        for channel, listener in by_channel.items():
            _tell(tx, event, channel, listener, now, storm_ms)
    return len(waiting)


def _tell(tx: Tx, event: Event, channel_id: int, listener: Listener, now: int, storm_ms: int) -> None:
    """Have a channel told of a notification, with others if some wait already."""
    db = tx.db
    channel = channels.get(db, channel_id)
    if channel is None or channel.state == OFF:
        return
    not_before = _not_before(tx, event, channel, listener, now, storm_ms)
    if not_before is None:
        return
    known = notices.waiting_events(db, channel.id, now)
    if known is not None:
        facts: NoticeFacts = json.loads(known.facts)
        facts["events"] = [*facts["events"], *event_facts(db, [event])][-MOST_EVENTS:]
        facts["total"] += 1
        if notices.set_facts(db, known.id, dumped(facts)):
            return
    account = accounts.name_of(db, event.account_id)
    facts = empty_facts(Kind.EVENT, Why.EVENT, now, account)
    facts["events"], facts["total"], facts["rule"] = event_facts(db, [event]), 1, listener.name
    values = new_notice(event.account_id, channel, facts, now)
    notices.add(db, {**values, "rule_id": listener.id, "not_before": not_before})


def _not_before(
    tx: Tx, event: Event, channel: Channel, listener: Listener, now: int, storm_ms: int
) -> int | None:
    """When an event is alerted (ms); None when quiet hours drop it."""
    quiet = listener.rule.quiet
    if quiet is not None and event.severity not in quiet.except_severities:
        end = to_ms(
            quiet_until(quiet, from_ms(now), zones_of(tx.db, [channel], tx.defaults.zone)[channel.id])
        )
        if end is not None:
            return None if quiet.then == DROP else end
    lately = [
        at for at, kind, _, _ in notices.recent_of(tx.db, channel.id, now - STORM_MS) if kind == Kind.EVENT
    ]
    # A device that does not stop talking is heard once in a while.
    return max(lately) + storm_ms if len(lately) > STORM else now
