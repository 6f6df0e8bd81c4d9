"""What Prometheus sees of alerts: what waits, what was sent and how quickly, and what is wrong with them."""

from bisect import bisect_right
from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from duplistat.services.monitoring import alert_health
from duplistat.store import alert_facts, notices, problems
from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS

# Upper limits of the histogram of delays, seconds.
DELAYS = (1, 2, 3, 5, 10, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600)


def measures(db: Database, sees: tuple[int, ...], now: int) -> Iterator[Metric]:
    """All metrics of alerts, at one moment (`now` in ms). Names of channels are those of the accounts that one sees."""
    waiting = notices.waiting(db)
    yield GaugeMetricFamily("duplistat_outbox_pending", "Messages that wait to be sent", value=waiting.count)
    age = (now - waiting.oldest) / 1000 if waiting.oldest is not None else 0
    yield GaugeMetricFamily(
        "duplistat_outbox_oldest_seconds", "How long the oldest of them has waited", value=max(0, age)
    )
    sent = CounterMetricFamily(
        "duplistat_notifications",
        "Messages by channel, kind of channel and result",
        labels=["channel", "kind", "result"],
    )
    for result in notices.results(db, sees):
        sent.add_metric([result.channel, result.kind, result.result], result.count)
    yield sent
    yield from _problems(db, sees, now)
    yield from _sending(db, sees, now)
    yield _delays(db, now)
    digest = GaugeMetricFamily(
        "duplistat_digest_last_timestamp_seconds",
        "When a digest last went out, Unix time; absent without one",
    )
    last = alert_facts.last_digest(db)
    if last is not None:
        digest.add_metric([], last / 1000)
    yield digest


def _problems(db: Database, sees: tuple[int, ...], now: int) -> Iterator[Metric]:
    found = GaugeMetricFamily(
        "duplistat_problems_open", "Problems that are not over", labels=["kind", "acknowledged"]
    )
    for count in problems.open_counts(db, sees, now):
        found.add_metric([count.kind, "yes" if count.acked else "no"], count.count)
    yield found


def _sending(db: Database, sees: tuple[int, ...], now: int) -> Iterator[Metric]:
    alerts = alert_health.look(db, now)
    yield GaugeMetricFamily(
        "duplistat_transitions_unrouted",
        "Changes of health that alerts have not taken in",
        value=alerts.unrouted,
    )
    ticked = GaugeMetricFamily(
        "duplistat_sender_last_tick_timestamp_seconds",
        "When a sender last looked for messages, Unix time; absent when none ever did",
    )
    if alerts.sender_at is not None:
        ticked.add_metric([], alerts.sender_at / 1000)
    yield ticked
    broken = GaugeMetricFamily(
        "duplistat_channel_broken", "1 for a channel that does not deliver", labels=["channel", "kind"]
    )
    for _, name, kind, _ in alert_facts.broken_channels(db, sees):
        broken.add_metric([name, kind], 1)
    yield broken
    tried = CounterMetricFamily(
        "duplistat_attempts", "Attempts to send, by kind of channel and outcome", labels=["kind", "outcome"]
    )
    for item in alert_facts.attempts(db):
        tried.add_metric([item.kind, item.outcome], item.count)
    yield tried


def _delays(db: Database, now: int) -> Metric:
    """How long messages took of the last day: over what is kept, and not since the start."""
    took = sorted(ms / 1000 for ms in alert_facts.delays(db, now - DAY_MS))
    buckets = [(str(float(limit)), float(bisect_right(took, limit))) for limit in DELAYS]
    family = HistogramMetricFamily(
        "duplistat_notice_delay_seconds",
        "How long messages about problems took from when they were made until they were taken, of the last 24 h",
    )
    family.add_metric([], [*buckets, ("+Inf", float(len(took)))], sum(took))
    return family
