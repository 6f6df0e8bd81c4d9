"""A channel that wants it is tested each week, whether or not it was needed."""

from duplistat.services.alerts.self_test import test_weekly
from duplistat.store import channels
from tests.support.outgoing import Outgoing
from tests.support.site import Site

test_weekly.__test__ = False  # type: ignore[attr-defined]  # a command


def weekly(outgoing: Outgoing) -> int:
    return outgoing.site.writes.run(test_weekly, now=outgoing.now())


def test_channels_that_want_it_are_tested_once_a_week(site: Site) -> None:
    outgoing = Outgoing(site)
    wanted, off = outgoing.channel("wanted"), outgoing.channel("off")
    outgoing.channel("other")
    with outgoing.db.transaction():
        channels.update(outgoing.db, wanted, {"self_test": 1})
        channels.update(outgoing.db, off, {"self_test": 1, "state": channels.OFF})
    assert [weekly(outgoing), weekly(outgoing)] == [1, 0]
    assert outgoing.send() == "sent"
    outgoing.now.forward(days=6)
    assert weekly(outgoing) == 0
    outgoing.now.forward(days=1)
    assert weekly(outgoing) == 1
