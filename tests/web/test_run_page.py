"""The page of one run: how it ended, what it counted, its log, what was received."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.formats.duplicati.counters import step_numbers
from duplistat.services.people.identity import Role
from duplistat.web.run.counter_names import NAMES
from tests.support.bodies import DUPLICATI, SAMPLES
from tests.support.signing import session, sign_in
from tests.web.site import Site, headline, link, said


def test_a_run_says_first_how_it_ended_how_long_it_took_and_when(site: Site) -> None:
    site.report()
    site.warn()
    site.fail()
    assert headline(site.html("/runs/1")) == "Backup succeeded in 3 min 20 s, 6 h ago"
    assert headline(site.html("/runs/2")) == "Backup succeeded with 1 warning in 3 min 20 s, 6 h ago"
    assert headline(site.html("/runs/3")) == "Backup ended with 1 error after 3 min 20 s, 6 h ago"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "fatal"}, "Backup failed after 3 min 20 s, 6 h ago"),
        ({"status": "interrupted"}, "Backup was interrupted after 3 min 20 s, 6 h ago"),
        ({"status": "unknown", "duration_ms": None}, "Backup ended with unknown result, 6 h ago"),
        (
            {"status": "other", "status_text": "Maybe"},
            "Backup ended with status “Maybe” after 3 min 20 s, 6 h ago",
        ),
        ({"operation": "restore"}, "Restore succeeded in 3 min 20 s, 6 h ago"),
    ],
)
def test_every_way_to_end_has_its_sentence(site: Site, changes: dict[str, Any], sentence: str) -> None:
    site.report()
    for column, value in changes.items():
        site.db.execute(f"UPDATE run SET {column} = ?", (value,))
    assert headline(site.html("/runs/1")) == sentence


def test_what_a_good_run_had_to_say_is_said(site: Site) -> None:
    site.script(message="Backup completed. 142 GB transferred.\nAnd 7 files deleted.")
    assert '<p class="lead" dir="auto">Backup completed. 142 GB transferred.</p>' in site.html("/runs/1")
    assert "And 7 files deleted." in site.text("/runs/1")
    # Of many runs it would hide what went wrong.
    assert "142 GB" not in site.text("/jobs/1")


def test_a_word_of_its_own_that_is_a_text_is_cut_in_the_headline_and_told_below(site: Site) -> None:
    site.script(status="Completed " + "with a remark " * 12)
    cut = "Backup ended with status “Completed with a remark with a remark with a remark with a r…”"
    assert headline(site.html("/runs/1")) == f"{cut}, 6 h ago"
    assert "Full status from the client: “Completed with a remark with" in site.text("/runs/1")
    assert cut in site.text("/jobs/1")


def test_a_run_that_did_not_tell_its_end_is_not_said_to_be_late(site: Site) -> None:
    site.script()
    site.db.execute("UPDATE run SET skew_ms = -10800000")
    assert "Received 3 h after" not in site.text("/runs/1")


def test_numbers_come_with_their_change_since_the_good_run_before(site: Site) -> None:
    site.report(ago=timedelta(hours=30), files=10_000, size=48_000_000_000)
    site.fail(job="photos", ago=timedelta(hours=20), files=1, size=1)
    site.report(ago=timedelta(hours=6), files=10_211, size=48_300_000_000)
    text = site.text("/runs/3")
    assert "Files Examined 10,211 +211" in text
    assert "Source size 48.3 GB +300 MB" in text
    assert "Backup size 21.0 GB ±0" in text
    assert "Compared with the previous successful run , yesterday 08:00 ." in text


def test_every_other_number_is_there_under_a_name_in_words(
    site: Site, duplicati: Callable[..., dict[str, Any]]
) -> None:
    site.client.post("/api/upload", json=duplicati())
    text = site.text("/runs/1")
    assert "Size of added files 30.4 MB" in text
    assert "Calls to the destination 8" in text
    assert "Verification succeeded in 8 s Volumes verified 3" in text
    assert "Destination host .amazonaws.com" in text


def test_a_clock_that_is_ahead_or_a_report_that_is_late_is_said(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE run SET skew_ms = 10800000")
    assert "The client's clock is 3 h ahead of this server's." in site.text("/runs/1")
    site.db.execute("UPDATE run SET skew_ms = -10800000")
    assert "Received 3 h after it finished (sent late, or the client's clock is wrong)." in site.text(
        "/runs/1"
    )
    site.db.execute("UPDATE run SET skew_ms = 0")
    assert "clock" not in site.text("/runs/1")


def test_a_clock_at_the_end_of_time_does_no_harm(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE run SET ended_at = 253402300799999, duration_ms = -5000")
    assert "-5" not in site.text("/runs/1")
    site.db.execute("UPDATE run SET ended_at = started_at - 5000, duration_ms = NULL")
    assert "Finished 5 s before it started, by the client's clock" in site.text("/runs/1")


def test_the_body_of_a_run_can_be_had_as_received_and_never_as_a_page(site: Site) -> None:
    body = b'{"server":{"name":"<b>","version":"1"},"backup":{"name":"j","status":"success",'
    body += b'"startTime":"2026-11-20T12:00:00Z","endTime":"2026-11-20T12:30:00Z","duration":1800,'
    body += b'"files":1,"size":1,"storageUsed":1}}'
    assert site.client.post("/api/upload", data=body, content_type="text/html").status_code == 200
    assert re.search(r"from 127\.0\.0\.1 , 199 B, recorded as simple: Open , Download", site.text("/runs/1"))
    response = site.client.get("/deliveries/1")
    assert response.data == body
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="delivery-1.txt"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_body_of_a_run_is_opened_to_be_read(site: Site) -> None:
    site.report("<script>alert(1)</script>", "\u202egpj")
    html = site.html(link(site.html("/runs/1"), "Open"))
    assert headline(html) == "Report 1"
    assert "Result recorded as simple" in said(html)
    assert "\n    &#34;name&#34;: &#34;&lt;script&gt;alert(1)&lt;/script&gt;&#34;,\n" in html
    assert link(html, "Open run") == "/runs/1"
    assert link(html, "Download") == "/deliveries/1"


def test_only_who_may_change_things_sees_what_was_received(site: Site) -> None:
    site.report()
    client = site.app.test_client()
    sign_in(client, session(site.db, 1, to_ms(site.now), Role.VIEWER))
    assert "Open" not in client.get("/runs/1").text
    assert client.get("/deliveries/1/view").status_code == client.get("/deliveries/1").status_code == 403


def test_other_numbers_come_with_their_change_too(
    site: Site, duplicati: Callable[..., dict[str, Any]]
) -> None:
    site.client.post("/api/upload", json=duplicati(BeginTime="2026-11-19T01:00:00Z", OpenedFiles=10))
    site.client.post("/api/upload", json=duplicati(BeginTime="2026-11-20T01:00:00Z", OpenedFiles=17))
    assert re.search(r"Files opened 17 \+7 ", site.text("/runs/2"))


def test_numbers_of_duplicati_are_said_in_each_language_and_those_that_nobody_knows_as_they_came(
    site: Site, duplicati: Callable[..., dict[str, Any]]
) -> None:
    site.client.post("/api/upload", json=duplicati(OpenedFiles=10, FilesOnTheMoon=3))
    site.client.set_cookie("duplistat_language", "de")
    page = site.html("/runs/1")
    assert '<dt dir="auto">Dateien geöffnet</dt>' in page
    assert '<dt dir="auto" lang="en">Files on the moon</dt>' in page


def test_every_number_in_the_samples_of_duplicati_is_known() -> None:
    bodies = [json.loads((DUPLICATI / name).read_bytes()) for name in SAMPLES if name.endswith(".json")]
    data = [body["Data"] for body in bodies if isinstance(body.get("Data"), dict)]
    named = {
        name for one in data if "MainOperation" in one for name in (*step_numbers(one), *statistics(one))
    }
    assert len(named) > 40
    # Told apart from the others, under labels of their own.
    own = {"KnownFileSize", "BackupListCount", "TotalQuotaSpace", "FreeQuotaSpace"}
    assert named - own - set(NAMES) == set()


def statistics(data: dict[str, Any]) -> dict[str, int]:
    return step_numbers(data.get("BackendStatistics") or {})


def test_the_body_of_another_account_is_not_to_be_had(site: Site) -> None:
    site.report()
    site.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    site.db.execute("UPDATE delivery SET account_id = 7")
    assert site.client.get("/deliveries/1").status_code == 404
    assert site.client.get("/deliveries/1/view").status_code == 404


def test_a_run_without_a_log_says_so(site: Site) -> None:
    site.report()
    assert "No log in this report." in site.text("/runs/1")


def test_lines_that_were_left_out_are_counted(site: Site) -> None:
    site.warn()
    site.db.execute("UPDATE run SET details = ?", ('{"log_omitted":4601}',))
    assert "4,601 lines of this log were not stored." in site.html("/runs/1")


def test_a_failed_run_says_what_helps_and_what_there_is_to_go_back_to(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(days=2))
    messages = [
        {"level": "error", "message": "The remote server returned an error: (507) Insufficient Storage."}
    ]
    run = site.fail(messages=messages, files=0, size=0)
    text = site.text(f"/runs/{run}")
    assert "The destination is full: free some space there" in text
    assert "Last successful backup before: Wed 14:00 ." in text
    assert "Examined" not in text
    assert "−10" not in text
