"""What is past its time is deleted; what is shown stays."""

from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.access import oauth_clients
from duplistat.services.access.oauth_clients import Scope
from duplistat.services.maintenance import retention
from duplistat.services.maintenance.retention import prune_all
from duplistat.store import audit, runs
from tests.support.bodies import duplicati
from tests.support.people import People
from tests.support.site import Site

TABLES = (
    *("runs", "deliveries", "events", "transitions", "buckets", "tokens"),
    *("sessions", "recoveries", "failures", "audit", "chores", "merges"),
    *("notices", "problems", "answers"),
)
NOTHING = dict.fromkeys(TABLES, 0)
LINES = ["2026-01-01 02:00:00 +00 - [Warning-a-b]: x"]


def daily(site: Site, first: int, last: int) -> None:
    for day in range(first, last + 1):
        site.now.set(f"2026-01-{day:02}T03:00:00Z")
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z") | {"LogLines": LINES})


def prune(site: Site) -> dict[str, int]:
    return prune_all(site.writes, site.config.retention, site.now())


def test_runs_and_their_logs_go_when_they_are_too_old(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"runs_days": 5})
    daily(site, 1, 10)
    assert prune(site) == NOTHING | {"runs": 4}
    assert [run.id for run in site.runs()] == [5, 6, 7, 8, 9, 10]
    assert runs.log_of(site.db, 4) == []
    assert len(runs.log_of(site.db, 5)) == 1


def test_bodies_go_before_the_runs_that_they_told_of(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"deliveries_days": 5})
    daily(site, 1, 10)
    assert prune(site)["deliveries"] == 4
    assert (len(site.runs()), len(site.deliveries())) == (10, 6)


def test_a_report_whose_body_was_deleted_is_still_known(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"deliveries_days": 1})
    daily(site, 1, 3)
    site.now.forward(days=5)
    prune(site)
    assert site.deliveries() == []
    assert site.record(duplicati("2026-01-01T02:00:00Z") | {"LogLines": LINES})["duplicate"] is True


def test_the_latest_and_the_latest_good_run_stay_however_old(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"runs_days": 1})
    daily(site, 1, 3)
    site.record(duplicati("2026-01-04T02:00:00Z", result="Error"))
    site.now.forward(days=1000)
    prune(site)
    assert [run.id for run in site.runs()] == [3, 4]
    assert (site.job().last_success_run, site.job().last_run) == (3, 4)


def test_zero_days_keep_everything(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"runs_days": 0, "deliveries_days": 0, "events_days": 0})
    daily(site, 1, 3)
    site.now.forward(days=10_000)
    assert prune(site) == NOTHING


def test_old_changes_of_state_go(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"events_days": 1})
    site.record(duplicati("2026-01-28T02:00:00Z"))
    site.record(duplicati("2026-01-28T03:00:00Z", result="Error"))
    site.now.forward(days=2)
    assert prune(site)["transitions"] == 2
    assert (site.transitions(), site.job().health) == ([], "failed")


def test_much_is_deleted_a_little_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    daily(site, 1, 10)
    calls: list[int] = []
    run = site.writes.run

    def counted(command: Callable[..., Any], **arguments: Any) -> Any:
        answer = run(command, **arguments)
        calls.append(answer["deleted"] if isinstance(answer, dict) else answer)
        return answer

    monkeypatch.setattr(site.writes, "run", counted)
    monkeypatch.setattr(retention, "AT_ONCE", 4)
    site.now.forward(days=1000)
    pauses: list[float] = []
    kept = site.config.retention.model_copy(update={"runs_days": 1})
    prune_all(site.writes, kept, site.now(), lambda seconds: pauses.append(seconds))
    assert calls[:3] == [4, 4, 1]
    # Reports have the writer after each that is followed by another one.
    assert len(pauses) == sum(count > 0 for count in calls) - 1


def test_a_token_goes_a_day_after_it_expired(site: Site) -> None:
    client_id, _ = oauth_clients.create(site.db, account=1, name="", scopes=list(Scope), now=site.now())
    client = oauth_clients.find(site.db, client_id)
    assert client is not None
    oauth_clients.issue(site.writes, client, "partners_read", now=site.now(), seconds=3600, address="")
    site.now.forward(hours=24)
    assert prune(site)["tokens"] == 0
    site.now.forward(hours=2)
    assert prune(site)["tokens"] == 1


def test_what_let_people_in_goes_a_day_after_it_ended(site: Site) -> None:
    people = People(site)
    person = people.signed_in()
    person.sign_in("jo@example.org", "wrong password")
    person.call("recoverPassword", email="jo@example.org")
    site.now.forward(hours=25)
    assert prune(site) == NOTHING | {"buckets": 1, "failures": 2}
    site.now.forward(hours=1)
    assert prune(site) == NOTHING | {"recoveries": 1}
    site.now.forward(hours=23)
    assert prune(site) == NOTHING | {"sessions": 1}


def test_who_changed_what_is_kept_for_so_many_days(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"audit_days": 30})
    People(site).user()
    site.now.forward(days=20)
    People(site).user("kim@example.org")
    site.now.forward(days=10, seconds=1)
    assert prune(site) == NOTHING | {"audit": 1}
    (kept,) = audit.everything(site.db, (1,), audit.Filter())
    assert (kept.action, kept.subject) == ("user.create", "kim@example.org")
