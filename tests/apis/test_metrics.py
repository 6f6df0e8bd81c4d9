"""GET /metrics: what a scrape sees."""

import gzip
import re
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.monitoring import alert_metrics, metrics
from tests.support.bodies import duplicati, live, simple
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

START = "2026-01-28T02:00:00Z"


def scrape(site: Site) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """(name, labels): value, for every sample."""
    response = site.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(site: Site, name: str, **labels: str) -> float | None:
    return scrape(site).get((name, tuple(sorted(labels.items()))))


def of_job(site: Site, name: str, job: str = "Documents") -> float | None:
    found = site.job(job)
    server = next(s for s in site.servers() if s.id == found.server_id)
    return value(site, f"duplistat_job_{name}", id=str(found.id), server=server.label, backup=job)


def test_every_metric_that_the_program_names_is_there(site: Site) -> None:
    source = Path(metrics.__file__).read_text() + Path(alert_metrics.__file__).read_text()
    named = set(re.findall(r'"(duplistat(?:us)?_\w+)"', source))
    named |= {f"duplistat_job_{name}" for name, _ in metrics.OF_JOB}
    site.record(duplicati(START, next_run="20260129T020000Z"))
    text = site.get("/metrics").text
    assert len(named) == 24 + len(metrics.OF_JOB)
    missing = {
        name for name in named if not re.search(rf"^# TYPE {name}(_total|_info)? ", text, re.MULTILINE)
    }
    assert missing == set()


def test_a_scrape_of_nothing_can_be_read(site: Site) -> None:
    samples = scrape(site)
    assert samples["duplistatus_overdue_backups", ()] == 0
    assert ("duplistatus_backup_success_rate", ()) not in samples


def test_the_success_rate_is_of_all_backup_runs(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    site.record(duplicati("2026-01-28T03:00:00Z", result="Warning"))
    site.record(duplicati("2026-01-28T04:00:00Z", result="Error"))
    site.record(duplicati("2026-01-28T05:00:00Z", operation="Restore"))
    assert value(site, "duplistatus_backup_success_rate") == pytest.approx(1 / 3)


def test_the_success_rate_forgets_after_thirty_days(site: Site) -> None:
    site.record(duplicati(START, result="Error"))
    site.now.forward(days=29)
    site.record(duplicati("2026-02-26T02:00:00Z"))
    assert value(site, "duplistatus_backup_success_rate") == 0.5
    site.now.forward(days=1)
    assert value(site, "duplistatus_backup_success_rate") == 1


def test_two_jobs_of_one_name_do_not_clash(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb"))
    found = [labels for name, labels in scrape(site) if name == "duplistat_job_up"]
    assert [dict(labels) for labels in found] == [
        {"id": "1", "server": "nas", "backup": "Documents"},
        {"id": "2", "server": "nas", "backup": "Documents"},
    ]


def test_a_job_is_measured(site: Site) -> None:
    site.record(duplicati(START, next_run="20260129T020000Z"))
    assert of_job(site, "up") == 1
    assert of_job(site, "overdue") == 0
    assert of_job(site, "last_success_timestamp_seconds") == 1769565600
    assert of_job(site, "last_duration_seconds") == 600
    assert of_job(site, "last_size_bytes") == 1073741824
    assert of_job(site, "last_storage_bytes") == 536870912
    assert of_job(site, "last_files") == 1250
    assert of_job(site, "last_added_bytes") == 1048576
    assert of_job(site, "expected_timestamp_seconds") == 1769652000


def test_an_overdue_job_is_down_before_the_sweep_says_so(site: Site) -> None:
    site.record(duplicati(START, next_run="20260129T020000Z"))
    site.now.set("2026-01-29T04:00:00Z")
    assert (of_job(site, "up"), of_job(site, "overdue")) == (0, 1)
    site.sweep()
    assert (of_job(site, "up"), of_job(site, "overdue")) == (0, 1)
    assert of_job(site, "expected_timestamp_seconds") == 1769652000


def test_a_failed_job_keeps_the_time_of_its_last_success(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z"))
    site.record(duplicati(START, result="Error"))
    assert of_job(site, "up") == 0
    assert of_job(site, "last_success_timestamp_seconds") == 1769479200
    assert of_job(site, "last_run_timestamp_seconds") == 1769565600


def test_what_is_not_known_is_left_out(site: Site) -> None:
    site.record(simple(start=START))
    assert of_job(site, "last_size_bytes", "daily") is None
    assert of_job(site, "expected_timestamp_seconds", "daily") is None


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "ä{}", "日本", '\\"'])
def test_a_label_holds_any_name(site: Site, name: str) -> None:
    site.record(simple(server=name, job=name, start=START))
    assert value(site, "duplistat_job_up", id="1", server=name, backup=name) == 1


def test_jobs_beyond_the_limit_are_counted_but_not_measured(make_site: Callable[..., Site]) -> None:
    site = make_site(api={"metrics_jobs": 2})
    for number in range(4):
        site.record(duplicati(START, job=f"job {number}"))
    samples = scrape(site)
    assert len([1 for name, _ in samples if name == "duplistat_job_up"]) == 2
    assert samples["duplistat_jobs", (("state", "ok"),)] == 4


def test_deliveries_are_counted_by_what_became_of_them(site: Site) -> None:
    site.record(duplicati(START))
    site.record(duplicati(START))
    site.post(b"hello")
    name = "duplistat_reports_received_total"
    assert value(site, name, dialect="duplicati-json", result="recorded") == 1
    assert value(site, name, dialect="duplicati-json", result="repeat") == 1
    assert value(site, name, dialect="unknown", result="unrecognised") == 1
    assert value(site, "duplistat_report_parse_failures_total") == 1


def test_large_numbers_can_be_read(site: Site) -> None:
    site.record(simple(start=START, size=2**63 - 1, storageUsed=2**63 - 1))
    assert of_job(site, "last_size_bytes", "daily") == float(2**63 - 1)


def test_counts_of_runs_only_grow(site: Site) -> None:
    site.record(duplicati(START, result="Error"))
    assert value(site, "duplistat_backup_runs_total", outcome="failed") == 1
    assert value(site, "duplistat_backup_runs_total", outcome="success") == 0
    assert value(site, "duplistat_uploaded_bytes_total") == 1048576


def test_a_failed_verification_and_a_failed_restore_have_metrics_of_their_own(site: Site) -> None:
    site.record(duplicati(START))
    assert (of_job(site, "verification_failed"), of_job(site, "restore_failed")) == (None, None)
    site.record(duplicati("2026-01-28T03:00:00Z", operation="Test", result="Error"))
    site.record(duplicati("2026-01-28T04:00:00Z", operation="Restore", result="Error"))
    assert (of_job(site, "verification_failed"), of_job(site, "restore_failed")) == (1, 1)
    assert (of_job(site, "failed"), of_job(site, "up")) == (1, 0)
    assert value(site, "duplistat_jobs", state="failed") == 1
    # What the latest backup was is no other for it.
    assert of_job(site, "last_success_timestamp_seconds") is not None
    site.record(duplicati("2026-01-28T05:00:00Z", operation="Test"))
    assert (of_job(site, "verification_failed"), of_job(site, "failed"), of_job(site, "up")) == (0, 0, 1)
    site.writes.run(dismiss_failure, job=site.job().id, proofs=["restore"], **site.signature())
    assert of_job(site, "restore_failed") == 0


def test_a_stuck_job_has_not_failed(site: Site) -> None:
    site.record(live("Progress", "2026-01-28T11:59:00Z", share=0.1))
    site.now.set("2026-01-28T20:00:00Z")
    assert (of_job(site, "stuck"), of_job(site, "failed"), of_job(site, "up")) == (1, 0, 0)
    site.record(duplicati(START, job="Mail", result="Error"))
    assert (of_job(site, "stuck", "Mail"), of_job(site, "failed", "Mail")) == (0, 1)


def test_the_usual_time_between_backups_is_measured(site: Site) -> None:
    site.record(duplicati(START))
    assert of_job(site, "expected_interval_seconds") is None
    for schedule, seconds in (("monthly 1 02:00", 31 * 86400), ("daily 02:00", 86400), ("unplanned", inf)):
        site.set_job(site.job(), schedule=schedule, schedule_zone="UTC")
        assert of_job(site, "expected_interval_seconds") == seconds
    site.set_job(site.job(), schedule=None)
    site.record(duplicati("2026-01-28T03:00:00Z", next_run="20260204T030000Z"))
    assert of_job(site, "expected_interval_seconds") == 7 * 86400


def test_a_paused_job_is_not_up_and_nothing_is_expected_of_it(site: Site) -> None:
    site.record(duplicati(START, next_run="20260129T020000Z"))
    site.set_job(site.job(), paused=True)
    assert of_job(site, "up") is None
    assert of_job(site, "expected_timestamp_seconds") is None
    assert of_job(site, "expected_interval_seconds") == 86400


@pytest.mark.parametrize("path", ["/metrics", "/api/health"])
@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, deflate", True),
        ("*", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("identity;q=0.5, gzip;q=0.8", True),
        ("gzip;q=0", False),
        ("*, gzip;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("br, deflate", False),
        ("", False),
    ],
)
def test_metrics_are_compressed_for_whoever_prefers_it(
    site: Site, path: str, accepted: str, packed: bool
) -> None:
    plain = site.get(path, Accept="text/plain")
    found = site.get(path, Accept="text/plain", **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in plain.headers
    assert found.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(found.data) if packed else found.data) == plain.data
    assert {"Accept", "Accept-Encoding"} <= set(found.vary) == set(plain.vary)
    assert int(found.headers["Content-Length"]) == len(found.data)
