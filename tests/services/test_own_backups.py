"""The server backs itself up when it is time, once, and warns when the last backup is old or failed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.maintenance import backups, scheduled_backups
from duplistat.services.maintenance.retention import prune_all
from duplistat.services.maintenance.scheduled_backups import OwnBackups
from duplistat.store import background_tasks
from tests.support.background import work_off
from tests.support.browsing import said
from tests.support.site import Site

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def no_programs(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """How PostgreSQL is dumped is tested with its own programs; here a file is enough."""

    def dump(url: str, target: Path, go_on: Callable[[], bool]) -> None:
        target.write_bytes(b"PGDMP")

    monkeypatch.setattr("duplistat.store.dumps.dump", dump)
    monkeypatch.setattr("duplistat.store.dumps.schemas", lambda file: ["0001_first"])


@pytest.fixture
def site(make_site: Make, tmp_path: Path) -> Site:
    return make_site(backup={"folder": str(tmp_path / "to"), "keep": 2})


def scheduler(site: Site, holder: str = "one") -> Scheduler:
    made = Scheduler(site.config, site.db, site.writes, site.now, holder)
    made.tick()
    return made


def made(site: Site) -> list[str]:
    return sorted(path.name for path in Path(site.config.backup.folder).glob("*"))


def look(site: Site) -> OwnBackups:
    return scheduled_backups.look(site.db, site.config.backup, site.now())


def test_the_first_is_made_at_once_and_then_one_a_day_of_which_some_are_kept(site: Site) -> None:
    for _ in range(4):
        ours = scheduler(site)
        assert ours.back_up()
        assert not ours.back_up()
        work_off(site)
        assert not ours.back_up()
        site.now.forward(hours=23, minutes=59)
        assert not scheduler(site).back_up()
        site.now.forward(minutes=1)
    end = backups.suffix(site.config)
    assert made(site) == [f"duplistat-20260130-120000{end}", f"duplistat-20260131-120000{end}"]
    state = look(site)
    assert (state.warning, Path(state.file).name) == ("", f"duplistat-20260131-120000{end}")
    assert state.size == Path(state.file).stat().st_size


def test_of_two_schedulers_one_has_it_made(site: Site) -> None:
    assert [scheduler(site, "one").back_up(), scheduler(site, "two").back_up()] == [True, False]
    with pytest.raises(DuplistatError, match="already running"):
        site.writes.run(scheduled_backups.request_scheduled_backup, **site.signature())


@pytest.mark.parametrize("section", [{}, {"folder": "/x", "every_hours": 0}])
def test_none_is_made_where_none_is_wanted(make_site: Make, section: dict[str, Any]) -> None:
    assert not scheduler(make_site(backup=section)).back_up()


def test_one_that_failed_is_warned_of_and_tried_again_after_an_hour(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "to").write_text("no folder")
    assert scheduler(site).back_up()
    work_off(site)
    warning = look(site).warning
    assert warning.startswith("The last backup of this server failed 2026-01-28T12:00:00.000Z: ")
    assert "cannot be made (File exists)" in warning
    site.now.forward(minutes=59)
    assert not scheduler(site).back_up()
    site.now.forward(minutes=1)
    (tmp_path / "to").unlink()
    assert scheduler(site).back_up()
    work_off(site)
    assert look(site).warning == ""


def test_the_last_one_that_is_old_is_warned_of(site: Site) -> None:
    scheduler(site).back_up()
    work_off(site)
    site.now.forward(hours=48)
    assert look(site).warning == ""
    site.now.forward(seconds=1)
    assert look(site).warning == "The last backup of this server is of 2026-01-28T12:00:00.000Z"


def test_without_a_folder_only_those_are_warned_who_say_after_how_long(make_site: Make) -> None:
    site = make_site()
    site.now.forward(days=1000)
    assert look(site) == OwnBackups(None, "", 0, "", False)
    site = make_site(backup={"warn_after_hours": 24})
    assert look(site).warning == "There is no backup of this server yet"
    file = backups.into_file(site.config, site.config.data / "a")
    scheduled_backups.note(site.config, site.db, file, begun=site.now(), now=site.now())
    assert (look(site).warning, look(site).last_at) == ("", site.now())
    site.now.forward(hours=25)
    assert "is of 2028" in look(site).warning


def test_the_last_good_one_is_remembered_however_long_ago(site: Site) -> None:
    scheduler(site).back_up()
    work_off(site)
    site.now.forward(days=400)
    prune_all(site.writes, site.config.retention, site.now())
    assert look(site).warning == "The last backup of this server is of 2026-01-28T12:00:00.000Z"
    last = background_tasks.newest_good(site.db, scheduled_backups.KIND)
    assert last is not None
    assert json.loads(last.state)["size"] > 0


def test_health_tells_of_it_and_stays_well(site: Site) -> None:
    scheduler(site)
    assert site.read("/api/health")["backup"] == {
        "lastAt": None,
        "warning": "There is no backup of this server yet",
    }
    assert "duplistat_own_backup_warning 1.0" in site.get("/metrics").text
    scheduler(site).back_up()
    work_off(site)
    assert site.read("/api/health")["backup"] == {"lastAt": "2026-01-28T12:00:00.000Z", "warning": ""}
    text = site.get("/metrics").text
    assert "duplistat_own_backup_warning 0.0" in text
    assert "duplistat_own_backup_last_success_timestamp_seconds 1.7696" in text


def test_an_admin_of_the_whole_server_is_told_on_each_page(site: Site) -> None:
    warning = "There is no backup of this server yet."
    for path in ("/", "/events", "/settings/about", "/settings/database"):
        assert site.page(path).text.count(warning) == 1, path
    scheduler(site).back_up()
    work_off(site)
    assert warning not in site.page("/").text
    assert "Every 24 hours, to" in site.page("/settings/database").text
    site.now.forward(days=3)
    assert "The last backup of this server is of Wed 12:00" in said(site.page("/"))


def test_nobody_else_is_told(site: Site) -> None:
    client = site.client()
    assert "backup of this server" not in client.get("/sign-in").text
