"""The pulse: another version whenever the overview would show something else, and never one without a reason."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.status import Health
from duplistat.core.times import to_ms
from duplistat.services import audit
from duplistat.services.audit import BY_COMMAND
from duplistat.services.bootstrap import main_account
from duplistat.services.jobs.counted import TEST_MACHINE_ID
from duplistat.services.monitoring import overview_version
from duplistat.services.monitoring.overview_version import OverviewSnapshot
from duplistat.store import accounts, jobs
from duplistat.store import overview_version as store
from duplistat.web.parts.judged import judge
from tests.web.site import Site


def ask(site: Site) -> OverviewSnapshot:
    main = main_account(site.db)
    return overview_version.overview_snapshot(
        site.db, accounts.visible(site.db, main), to_ms(site.now), ZoneInfo("Europe/Berlin")
    )


@pytest.fixture
def beating(site_on_both: Site) -> Site:
    site_on_both.nightly(nights=9, until=2)
    site_on_both.fail()
    site_on_both.warn()
    site_on_both.report()
    return site_on_both


def test_it_counts_as_the_overview_judges(beating: Site) -> None:
    now = to_ms(beating.now)
    judged = judge(jobs.visible(beating.db, (1,)), now)
    assert ask(beating).unsnoozed == {
        Health.OVERDUE: 1,
        Health.FAILED: 1,
        Health.WARNING: 1,
        Health.OK: 1,
    }
    assert ask(beating).unsnoozed == Counter(one.health for one in judged)


def test_what_changes_between_two_statements_makes_nothing_fewer_than_none(
    beating: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, read = beating.db, store.alike
    of_one = "id IN (SELECT server_id FROM job WHERE name = 'photos')"
    db.execute(f"UPDATE server SET identity = ? WHERE {of_one}", (f"machine:{TEST_MACHINE_ID}",))
    db.execute("UPDATE job SET last_status = 'success', health = 'ok', due_at = NULL")

    before = ask(beating).unsnoozed
    assert before == {Health.OK: 1}

    def changing(*which: Any, **how: Any) -> list[store.JobGroup]:
        if how:
            db.execute("UPDATE job SET last_status = 'fatal', health = 'failed'")
        return read(*which, **how)

    marks = store.marks

    def late(*which: Any) -> store.ChangeMarkers:
        """Whatever comes after the jobs were counted, such as the first job of a test report."""
        of_photos = "server_id IN (SELECT server_id FROM job WHERE name = 'photos')"
        db.execute(f"UPDATE job SET last_status = 'fatal', health = 'failed' WHERE {of_photos}")
        return marks(*which)

    with monkeypatch.context() as between:
        between.setattr(store, "marks", late)
        assert ask(beating).unsnoozed == before
    monkeypatch.setattr(store, "alike", changing)
    now = to_ms(beating.now)
    db.execute("UPDATE job SET last_status = 'success', health = 'ok', due_at = ?", (now - 1,))
    assert min([0, *store.counts(db, accounts.visible(db, 1), now).healths.values()]) == 0


def test_what_nobody_changed_keeps_its_version(beating: Site) -> None:
    first = ask(beating)
    beating.now += timedelta(minutes=5)
    assert ask(beating).version == first.version


@pytest.mark.parametrize("what", ["report", "live", "unread", "person", "archive", "due"])
def test_each_change_that_shows_is_another_version(beating: Site, what: str) -> None:
    first = ask(beating)
    if what == "report":
        beating.report(ago=timedelta(minutes=3))
    elif what == "live":
        beating.db.execute("UPDATE job SET live_state = 'ticking', live_at = 7 WHERE name = 'photos'")
    elif what == "unread":
        beating.client.post("/api/upload", data=b"nonsense")
    elif what == "person":
        with beating.db.transaction():
            audit.note(beating.db, BY_COMMAND, "server.set", account=1, subject="web-01", now=0)
    elif what == "archive":
        beating.db.execute("UPDATE server SET archived_at = 1 WHERE name = 'web-01'")
    else:
        beating.db.execute("UPDATE job SET due_at = ? WHERE name = 'photos'", (to_ms(beating.now),))
    assert ask(beating).version != first.version


def test_another_version_comes_with_the_day_of_the_server(beating: Site) -> None:
    beating.db.execute("UPDATE job SET due_at = NULL")
    beating.now = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    late = ask(beating)
    beating.now += timedelta(minutes=2)
    early = ask(beating)
    assert (early.version == late.version, early.unsnoozed == late.unsnoozed) == (False, True)
    beating.now += timedelta(hours=2)
    assert ask(beating).version == early.version


def test_what_is_of_another_account_changes_nothing(beating: Site) -> None:
    first = ask(beating)
    beating.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    beating.db.execute(
        "INSERT INTO server (id, account_id, identity, name, created_at, seen_at) VALUES (70, 7, 'x', 'x', 0, 0)"
    )
    beating.db.execute(
        "INSERT INTO job (account_id, server_id, name, created_at, health_at) VALUES (7, 70, 'x', 0, 0)"
    )
    assert ask(beating) == first
