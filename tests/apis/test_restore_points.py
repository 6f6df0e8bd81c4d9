"""The versions that one can restore: read from a report's log, kept with the run, and told."""

from typing import Any

import pytest

from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
HEAD = "2026-01-28 03:00:00 +01 - [Information-Duplicati.Library.Main.Operation.DeleteHandler:RetentionPolicy-A]: "


def report(*lines: str, head: str = HEAD, **more: Any) -> dict[str, Any]:
    return duplicati(START, **more) | {"LogLines": [head + line for line in lines]}


def told(site: Site) -> Any:
    return site.read(f"/api/lastbackup/{site.servers()[0].id}")["latest_backup"]["available_backups"]


def test_restore_points_are_listed_in_utc_and_on_the_pages(site: Site) -> None:
    site.record(
        report(
            "Backups to consider: 27.01.2026 03:00:00, 26.01.2026 03:00:00, 25.01.2026 03:00:00",
            "All backups to delete: 25.01.2026 03:00:00",
        )
    )
    assert told(site) == ["2026-01-27T02:00:00.000Z", "2026-01-26T02:00:00.000Z"]
    server = site.servers()[0].id
    (last,) = site.read(f"/api/lastbackups/{server}")["latest_backups"]
    assert last["available_backups"] == told(site)
    for page in ("/runs/1", f"/jobs/{site.job().id}"):
        text = site.page(page).text
        assert "2 restore points" in text
        assert 'datetime="2026-01-26T02:00:00+00:00"' in text


def test_where_the_log_told_none_there_is_the_number_alone(site: Site) -> None:
    site.record(duplicati(START))
    assert told(site) == []
    for page in ("/runs/1", f"/jobs/{site.job().id}"):
        text = " ".join(site.page(page).text.split())
        assert "7 restore points. To list them, set --send-http-log-level=Information in Duplicati." in text


def test_without_an_offset_the_zone_of_the_server_is_taken_and_named(make_site: Any) -> None:
    site = make_site(server={"timezone": "Europe/Berlin"})
    site.record(report("Backups to consider: 2026-01-27 03:00:00", head=""))
    assert told(site) == ["2026-01-27T02:00:00.000Z"]
    assert "its times are read as Europe/Berlin" in site.page("/runs/1").text


def test_of_thousands_the_newest_are_kept(site: Site) -> None:
    dates = [
        f"{day:02}.{month:02}.{year} 03:00:00"
        for year in (2023, 2024)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    site.record(report("Backups to consider: " + ", ".join(dates)))
    assert (len(told(site)), told(site)[0]) == (200, "2024-12-28T02:00:00.000Z")
    assert f"And {len(dates) - 200} older ones." in site.page("/runs/1").text


@pytest.mark.parametrize("operation", ["Restore", "Test"])
def test_other_operations_tell_of_none(site: Site, operation: str) -> None:
    site.record(report("Backups to consider: 2026-01-27 03:00:00", operation=operation))
    assert "restore_points" not in site.runs()[0].details


def test_a_failed_run_hides_no_restore_points_and_the_job_tells_them(site: Site, clock: Clock) -> None:
    site.record(report("Backups to consider: 27.01.2026 03:00:00"))
    clock.forward(hours=24)
    site.record(duplicati("2026-01-29T02:00:00Z", result="Fatal"))
    job = site.job().id
    assert 'datetime="2026-01-27T02:00:00+00:00"' in site.page(f"/jobs/{job}").text
    assert 'datetime="2026-01-27T02:00:00+00:00"' in site.page(f"/jobs/{job}/restore-points").text
    assert f"<a href=/jobs/{job}#restore-points>7</a>" in site.page("/").text


def test_summer_time_of_the_server_counts_where_the_sender_goes_by_the_same_clock(make_site: Any) -> None:
    """The log has one offset alone: +01 in January, though the version of July was made at +02."""
    berlin = make_site(server={"timezone": "Europe/Berlin"})
    berlin.record(report("Backups to consider: 27.01.2026 03:00:00, 27.07.2025 03:00:00"))
    assert told(berlin) == ["2026-01-27T02:00:00.000Z", "2025-07-27T01:00:00.000Z"]
