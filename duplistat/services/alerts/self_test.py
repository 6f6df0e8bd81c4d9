"""A test of each channel that wants one each week: a channel that has not been needed may have died unnoticed."""

from duplistat.core.alerts.notice import Why
from duplistat.services.alerts.channels import put_test
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import channels, notices

WEEK_MS = 7 * 24 * 3_600_000
# Tests that are put into the outbox in one transaction: reports wait for it.
AT_ONCE = 20


@command
def test_weekly(tx: Tx, *, now: int) -> int:
    """Put a test into the outbox for channels whose last one was a week ago, at most AT_ONCE; how many."""
    made = 0
    for channel in channels.all_channels(tx.db):
        if made == AT_ONCE:
            break
        if not channel.self_test or channel.state != channels.ON:
            continue
        last = notices.last_self_test(tx.db, channel.id)
        if last is None or now - last >= WEEK_MS:
            put_test(tx.db, channel, Why.SCHEDULE, now)
            made += 1
    return made
