"""What a job did, as CSV and as numbers for its charts."""

import csv
import io
from datetime import timedelta

import pytest

from tests.web.site import NOW, Site, headline


def rows(site: Site, address: str = "/jobs/1.csv") -> list[dict[str, str]]:
    response = site.client.get(address)
    assert response.status_code == 200
    assert response.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def test_every_run_is_a_row_with_units_in_the_heads(site: Site) -> None:
    site.report(ago=timedelta(hours=9))
    site.fail(job="photos", ago=timedelta(hours=3))
    failed, good = rows(site)
    assert (good["operation"], good["status"], good["began_utc"], good["duration_seconds"]) == (
        "backup", "success", "2026-11-20T04:00:00.000Z", "200.0",
    )  # fmt: skip
    assert (good["files_count"], good["size_bytes"], good["storage_bytes"]) == (
        "10211",
        "48300000000",
        "21000000000",
    )
    assert (failed["status"], failed["message"]) == ("error", "The source path /source does not exist")
    assert (good["versions_count"], good["downloaded_bytes"]) == ("", "")


def test_no_cell_is_a_formula(site: Site) -> None:
    site.fail(job="photos", messages=[{"level": "error", "message": '=HYPERLINK("http://evil")'}])
    assert rows(site)[0]["message"] == '\'=HYPERLINK("http://evil")'


def test_a_long_history_comes_in_pieces_and_whole(
    site_on_both: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.web.job.data.AT_ONCE", 4)
    for hour in range(10, 0, -1):
        site_on_both.report(ago=timedelta(hours=hour))
    assert [row["run"] for row in rows(site_on_both)] == [str(run) for run in range(10, 0, -1)]


def test_numbers_come_as_columns_oldest_first(site_on_both: Site) -> None:
    site_on_both.report(ago=timedelta(hours=9))
    site_on_both.fail(job="photos", ago=timedelta(hours=3))
    content = site_on_both.client.get("/jobs/1/series.json").get_json()
    assert content == {
        "job": 1,
        "name": "photos",
        "days_per_point": 0,
        "from": int((NOW - timedelta(hours=9)).timestamp()),
        "until": int(NOW.timestamp()),
        "at": [int((NOW - timedelta(hours=hours)).timestamp()) for hours in (9, 3)],
        "run": [1, 2],
        "runs": [1, 1],
        "failed": [0, 1],
        "duration": [200.0, 200.0],
        "size": [48_300_000_000, 48_300_000_000],
        "uploaded": [None, None],
        "storage": [21_000_000_000, 21_000_000_000],
        "files": [10_211, 10_211],
        "versions": [None, None],
    }


def test_numbers_begin_where_they_are_asked_to(site: Site) -> None:
    site.report(ago=timedelta(days=9))
    site.report(ago=timedelta(days=1))
    since = int((NOW - timedelta(days=2)).timestamp())
    content = site.client.get(f"/jobs/1/series.json?since={since * 1000}").get_json()
    assert (content["run"], content["from"]) == ([2], since)


def test_a_job_that_never_ran_has_no_numbers(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE run SET is_backup = 0")
    content = site.client.get("/jobs/1/series.json").get_json()
    assert (content["at"], content["from"]) == ([], None)


@pytest.mark.parametrize("since", ["x", "-1", "9" * 16, "²"])
def test_a_time_that_is_none_is_refused(site: Site, since: str) -> None:
    site.report()
    assert headline(site.html(f"/jobs/1/series.json?since={since}", 400)).startswith(
        "?since= must be milliseconds"
    )
