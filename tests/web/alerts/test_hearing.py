"""A job says who would hear of it and why not; the overview counts those of which nobody would; banners."""

import pytest

from duplistat.core.times import to_ms
from duplistat.store import channels, rules, scheduler_lease
from duplistat.store.scheduler_lease import LEASE
from tests.support.silences import set_silence
from tests.web.alerts.site import channel, failing, rule
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link

BROKEN = {"state": "broken", "state_why": "401"}


@pytest.fixture
def ops(site: Site) -> int:
    """A site with a job, a channel and no rule."""
    for row in rules.of_accounts(site.db, (1,)):
        rules.delete(site.db, row.id)
    site.report("nas", "photos")
    return channel(site, "ops")


def test_a_job_of_which_nobody_would_hear_says_so_and_is_counted(site: Site, ops: int) -> None:
    assert ops
    assert "Nobody would be alerted about a problem of this job." in site.text("/jobs/1")
    site.send("/preferences", checklist="hidden", next="/")
    assert "Nobody would be alerted about 1 job." in site.text("/")
    assert "nas / photos" in site.text(link(site.html("/"), "Show them"))
    with as_role(site, "viewer", 1):
        assert "Nobody would hear" not in site.text("/")


def test_a_job_says_who_would_hear_of_it_and_when(site: Site, ops: int) -> None:
    boss = channel(site, "boss")
    steps = [{"minutes": 0, "channels": [ops]}, {"minutes": 120, "channels": [boss]}]
    rule(site, name="night", steps=steps, after_fails=2, after_minutes=60)
    page = site.text("/jobs/1")
    assert (
        "night : ops: failed, overdue or stalled, after 2 failures or 60 min ; boss after 2 h without acknowledgement"
    ) in page
    assert "Nobody would hear" not in page
    assert "Nobody would hear" not in site.text("/")


def test_a_job_says_why_a_rule_would_not_tell(site: Site, ops: int) -> None:
    rule(site, ops, name="others", match={"tags": ["prod"]})
    off = rule(site, ops, name="sleeping")
    rules.update(site.db, off, {"enabled": 0})
    rule(site, ops, name="events", match={"kinds": ["event"]})
    page = site.text("/jobs/1")
    assert "3 rules alert nobody about it" in page
    assert "others : it is for other jobs" in page
    assert "sleeping : the rule is off" in page
    assert "events : it is for events only" in page
    rule(site, ops, name="all")
    set_silence(site.writes, to_ms(site.now), jobs=[1])
    assert "all : silenced until today 15:00" in site.text("/jobs/1")


def test_a_customer_learns_that_the_provider_hears(site: Site, ops: int) -> None:
    acme = below_main(site, "acme")
    rule(site, ops, name="secret-name")
    for table in ("server", "job"):
        site.db.execute(f"UPDATE {table} SET account_id = ?", (acme,))  # names of tables
    with as_role(site, "admin", acme):
        page = site.text("/jobs/1")
        assert "the provider : failed, overdue or stalled, at once" in page
        assert "secret-name" not in page
        assert "ops" not in page


def test_a_broken_channel_is_told_of_on_every_page_to_admins_of_it(site: Site, ops: int) -> None:
    acme = below_main(site, "acme")
    channels.update(site.db, ops, BROKEN)
    for address in ("/", "/jobs/1", "/settings/me", "/alerts"):
        page = site.html(address)
        assert "The channel ops does not deliver." in page
        assert link(page, "Open channel") == f"/alerts/channels/{ops}"
    assert "The channel ops does not deliver." not in site.html(f"/alerts/channels/{ops}")
    for role, account in (("operator", 1), ("admin", acme)):
        with as_role(site, role, account):
            assert "does not deliver" not in site.html("/events")
    for number in range(4):
        channels.update(site.db, channel(site, f"c{number}"), BROKEN)
    assert "2 more channels do not deliver." in site.html("/")
    assert "does not deliver" not in site.public().get("/").text


def test_a_sender_that_is_late_is_told_of_to_admins_of_main(site: Site, ops: int) -> None:
    acme = below_main(site, "acme")
    failing(site, ops)
    site.db.execute("UPDATE notice SET not_before = ?", (to_ms(site.now) - 3_600_000,))
    assert "Messages have waited for a sender since" in site.text("/").replace("messages", "Messages")
    with as_role(site, "admin", acme):
        assert "waited for a sender" not in site.text("/")


def test_a_scheduler_that_stopped_is_told_of_to_admins_of_main(site: Site, ops: int) -> None:
    acme, now = below_main(site, "acme"), to_ms(site.now)
    failing(site, ops)
    site.db.execute("UPDATE transition SET routed_at = NULL, at = ?", (now - 3_600_000,))
    scheduler_lease.take_lease(site.db, LEASE, "test", now, now)
    for ago, told in ((60_000, False), (600_000, True)):
        scheduler_lease.tick(site.db, LEASE, now - ago)
        assert ("the scheduler has not ticked since" in site.text("/")) == told
        # What waits for it alone needs no sentence of its own.
        assert ("not processed status changes" in site.text("/")) != told
    assert link(site.html("/"), "System") == "/settings/about"
    assert site.text("/settings/about").count("scheduler has not ticked") == 1
    with as_role(site, "admin", acme):
        assert "has not ticked" not in site.text("/")
