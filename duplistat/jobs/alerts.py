"""Takes changes of health in, and makes the notices that are due, each second on the scheduler's clock."""

from collections.abc import Callable
from time import monotonic, sleep

from duplistat.services.alerts import device_events, digests, routing, self_test
from duplistat.services.alerts.telling import tell_due
from duplistat.services.context import ScheduleDefaults
from duplistat.services.worker_context import WorkerContext
from duplistat.store import channels, events, problems, transitions

# Transactions of one round, at most: what is left is done by the next one.
MOST_ROUNDS = 100


def route_and_tell(context: WorkerContext) -> int:
    """Take in what came, and look at the problems whose time has come; how many notices were made."""
    db, writes, alerts = context.db, context.writes, context.config.alerts
    _in_turns(
        lambda: transitions.any_unrouted(db),
        lambda: writes.run(routing.route, now=context.now()),
    )
    _in_turns(
        lambda: events.any_unrouted(db),
        lambda: writes.run(device_events.route_events, now=context.now(), storm_ms=alerts.storm_ms),
    )
    return tell_due(
        db,
        writes,
        context.now(),
        gather_ms=alerts.gather_ms,
        storm_ms=alerts.storm_ms,
        zone=context.config.zone,
    )


def _in_turns(waits: Callable[[], bool], take: Callable[[], object]) -> None:
    """Take in what waits, and let others have the writer after each transaction for as long as that took."""
    took = 0.0
    for _ in range(MOST_ROUNDS):
        if not waits():
            break
        sleep(took)
        begun = monotonic()
        take()
        took = monotonic() - begun


def close_gone(context: WorkerContext) -> int:
    """End the problems of jobs that are gone; how many."""
    ended: list[int] = []
    _in_turns(
        lambda: problems.any_gone(context.db),
        lambda: ended.append(context.writes.run(routing.close_gone, now=context.now())),
    )
    return sum(ended)


def send_digests(context: WorkerContext, defaults: ScheduleDefaults) -> int:
    """Hand out the digests whose time has come; how many messages were made."""
    return digests.send_due(context.db, context.writes, defaults, context.now())


def test_channels(context: WorkerContext) -> int:
    """Test the channels that want it each week; how many."""
    made: list[int] = []
    _in_turns(
        lambda: (
            made[-1:] in ([], [self_test.AT_ONCE])
            and any(channel.self_test for channel in channels.all_channels(context.db))
        ),
        lambda: made.append(context.writes.run(self_test.test_weekly, now=context.now())),
    )
    return sum(made)
