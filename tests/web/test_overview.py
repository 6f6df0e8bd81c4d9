"""The first page: the answer in one sentence, then what needs attention, then everything."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.store import scheduler_lease
from tests.support.many_jobs import add_jobs
from tests.web.site import NOW, Site, headline, said


def test_an_empty_install_says_what_to_paste_and_waits(site: Site) -> None:
    html = site.html("/")
    text = site.text("/")
    assert headline(html) == "Waiting for the first report"
    assert "--send-http-url=http://localhost/api/upload" in text
    assert "--send-http-result-output-format=Json" in text
    assert "--send-http-log-level=Information" in text
    assert "--send-http-max-log-lines=0" in text
    assert "curl -X POST http://localhost/api/upload" in text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in html


def test_when_all_is_well_the_first_line_says_so_and_nothing_needs_attention(site: Site) -> None:
    site.report(job="photos")
    site.report(job="music")
    html = site.html("/")
    assert headline(html) == "All 2 jobs are protected"
    assert "Needs attention" not in html


def test_one_job_is_the_only_job(site: Site) -> None:
    site.report()
    assert headline(site.html("/")) == "Your job is protected"
    site.fail(job="photos", ago=timedelta(hours=1))
    assert headline(site.html("/")) == "1 job needs attention"


def test_the_first_sentence_counts_what_cannot_wait_and_the_line_below_counts_all(site: Site) -> None:
    site.nightly(nights=9, until=2)
    site.fail()
    site.warn()
    site.report()
    site.sweep()
    html = site.html("/")
    assert headline(html) == "2 of 4 jobs need attention"
    assert re.search(
        r"1 overdue.* 1 failed.* 1 warning.* 1 OK.* last report 6 h ago",
        site.text("/").partition("Needs")[0],
    )


def test_warnings_alone_need_nobody_at_once(site: Site) -> None:
    site.warn()
    site.report()
    assert headline(site.html("/")) == "1 of 2 jobs ended with warnings"


def test_what_needs_attention_stands_worst_first_with_its_reason(site: Site) -> None:
    site.warn()
    site.fail()
    site.nightly(nights=9, until=2)
    site.sweep()
    attention = re.sub(r"</?time[^>]*>", "", site.html("/")).partition("Needs attention")[2]
    attention = attention.partition("First steps")[0]
    named = [said(case) for case in re.findall(r"<li><i.*?</summary>", attention, re.DOTALL)]
    assert named == [
        "overdue web-01 / nightly Overdue for 34 h (2 runs missed). Last backup Wed 04:00."
        " Expected yesterday 04:00 (learned from 8 nights).",
        "failed nas-keller / paperless Failed 6 h ago: “The source path /source does not exist”."
        " Never backed up successfully.",
        "warning nas-keller / documents Ended with warnings 6 h ago: “Failed to process path: /source/.lock”.",
    ]


def test_a_job_that_is_due_counts_as_overdue_before_any_sweep(site: Site) -> None:
    site.nightly(nights=9, until=2)
    assert headline(site.html("/")) == "1 job needs attention"


def test_a_paused_job_needs_nobody(site: Site) -> None:
    site.fail()
    site.db.execute("UPDATE job SET paused = 1")
    assert headline(site.html("/")) == "Your job is paused"


def test_each_job_says_when_it_ran_and_when_it_is_expected(site: Site) -> None:
    site.nightly(nights=9)
    row = site.text("/").partition("All jobs")[2]
    assert re.search(r"web-01 OK nightly 10 OK 10 h ago · 3 min in 14 h 48\.3 GB ±0", row)
    assert (
        '<td class=l><time datetime=2026-11-20T04:00+01:00 title="2026-11-20 04:00 +01:00">10 h ago'
        in site.html("/")
    )


def test_a_failed_job_says_so_instead_of_how_long_it_took(site: Site) -> None:
    site.fail()
    assert "6 h ago · failed no schedule" in site.text("/")


def test_servers_stand_under_their_alias_with_their_worst_state(site: Site) -> None:
    site.report("b")
    site.fail("b")
    site.report("a")
    site.db.execute("UPDATE server SET alias = 'the cellar' WHERE name = 'b'")
    group = r"<tr class=g><th scope=rowgroup colspan=7><i class=(\w+)>.*?<a href=[^>]*>(.*?)</a>"
    assert re.findall(group, site.html("/")) == [("failed", "the cellar"), ("ok", "a")]
    assert re.findall(group, site.html("/?sort=name")) == [("ok", "a"), ("failed", "the cellar")]


def test_servers_of_one_name_are_told_apart_by_who_tells_of_them(site: Site) -> None:
    site.report("web-01")
    site.script("web-01", sender="<ops>", status="Error")
    site.report("a")
    html = site.html("/")
    assert said(html.partition("<h2>All jobs")[2]).count("web-01 (") == 1
    assert 'web-01</a> <span class="dim">(<bdi>&lt;ops&gt;</bdi>)</span>' in html
    assert "web-01 ( <ops> ) / dump" in said(
        html.partition("Needs attention")[2].partition("<h2>All jobs")[0]
    )


def test_our_own_absence_is_told_for_a_day(site: Site) -> None:
    site.report()
    with site.db.transaction():
        scheduler_lease.add_away(
            site.db, to_ms(NOW - timedelta(minutes=58)), to_ms(NOW - timedelta(minutes=29))
        )
    assert (
        "duplistat was down: today 13:02 to 13:31 (29 min). Reports sent then may be missing;"
        " deadlines were extended."
    ) in site.text("/")
    site.now += timedelta(hours=12)
    assert "duplistat was down: yesterday 13:02 to 13:31 (29 min)." in site.text("/")
    site.now += timedelta(hours=12)
    assert "was down" not in site.text("/")


def test_requests_that_nobody_could_read_are_told_with_the_way_to_them(site: Site) -> None:
    site.client.post("/api/upload", data=b"nonsense")
    expected = "1 report could not be processed."
    assert expected in site.text("/")
    site.report()
    assert expected in site.text("/")
    assert "Review" in site.text("/")


def test_a_job_of_another_account_is_not_shown(site: Site) -> None:
    site.report(job="photos")
    site.report("elsewhere", "secret")
    site.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    site.db.execute("UPDATE server SET account_id = 7 WHERE name = 'elsewhere'")
    site.db.execute("UPDATE job SET account_id = 7 WHERE name = 'secret'")
    assert "secret" not in site.text("/")
    for address in ("/servers/2", "/jobs/2", "/runs/2"):
        site.html(address, 404)


def test_the_page_costs_the_same_queries_however_many_jobs_and_runs_there_are(
    site: Site, counted: Callable[[str], int]
) -> None:
    site.report()
    # That somebody looks for the first time is noted.
    site.html("/")
    few = counted("/")
    for number in range(12):
        site.nightly(f"server-{number}", nights=3)
        site.fail(f"server-{number}")
    # 4 of them ask of which jobs nobody would hear, and 3 whether alerts work.
    assert counted("/") == few <= 16


def test_a_thousand_jobs_are_one_page_of_less_than_400_kb_made_at_once(site: Site) -> None:
    fleet(site, 1000)
    site.html("/")
    times = []
    for _ in range(5):
        start = time.process_time()
        html = site.html("/")
        times.append(time.process_time() - start)
    assert html.count("<tr><th scope=row>") == 1000
    assert len(html.encode()) < 400_000
    # 0.06 s of a processor on a usual machine; this only catches what costs several times as much.
    assert min(times) < 0.5


def test_of_many_that_need_attention_the_worst_are_named_and_the_others_counted(site: Site) -> None:
    fleet(site, 120, health="failed", status="fatal")
    text = site.text("/")
    assert text.count("Failed 6 h ago") == 50
    assert "70 more jobs: see all jobs ." in text


def fleet(site: Site, number: int, health: str = "ok", status: str = "success") -> None:
    add_jobs(site.db, number, to_ms(NOW - timedelta(hours=6)), health=health, status=status)


def test_what_has_come_and_is_not_late_yet_is_due(site: Site) -> None:
    site.nightly(nights=9)
    site.now += timedelta(hours=14, minutes=5)
    assert "5 min ago · due" in site.text("/")
    assert headline(site.html("/")) == "Your job is protected"


def test_a_job_that_nobody_expects_and_that_was_long_silent_is_worth_a_look(site: Site) -> None:
    site.report("web-01", "once", ago=timedelta(days=13))
    assert "1 silent without schedule" not in site.text("/").partition("All jobs")[0]
    site.now += timedelta(days=3)
    text = site.text("/")
    assert "Your job is silent and has no schedule" in text
    assert "1 silent without schedule" in text
    # A digest counts it by the same words.
    site.fail()
    site.report("web-01", "fine", status="warning")
    counts = said(
        re.findall(r'<p class="counts">(.*?)<span class="count">[^<]*last report', site.html("/"), re.DOTALL)[
            0
        ]
    )
    told = said(re.findall(r"<strong>(.*?)</strong>", site.html("/digest"))[0])
    assert told == "1 failed, 1 warning, 1 silent without schedule"
    assert all(part in counts for part in told.split(", "))
    assert " OK " not in text.partition("First steps")[0]
    assert "No schedule is known, so duplistat cannot tell whether it is overdue" in text
    lead = r'class="lead" dir="auto">(Last backup|Backed up).*?</p>'
    assert re.findall(lead, site.html("/jobs/1"), re.DOTALL) == ["Last backup"]
    assert text.count("cannot tell whether") == site.text("/jobs/1").count("cannot tell whether") == 1
    site.set_job(1, schedule="unplanned")
    assert "cannot tell whether" not in site.text("/")
    assert re.findall(lead, site.html("/jobs/1"), re.DOTALL) == ["Backed up"]


@pytest.mark.parametrize(
    ("rhythm", "schedule"),
    [("daily", "daily 09:45"), ("weekly", "tue 09:45"), ("manual", "unplanned")],
)
def test_a_job_without_a_schedule_gets_one_by_one_tap(site: Site, rhythm: str, schedule: str) -> None:
    site.report("web-01", "once", ago=timedelta(days=17, hours=4, minutes=8))
    assert 'formaction="/jobs/1/rhythm"' in site.html("/")
    site.send("/jobs/1/rhythm", rhythm=rhythm, next="/")
    (row,) = site.db.rows("SELECT schedule, schedule_zone FROM job")
    assert row == (schedule, None if rhythm == "manual" else "Europe/Berlin")
    assert "without schedule" not in site.text("/").partition("All jobs")[0]
    site.send("/jobs/1/rhythm", 400, rhythm="yearly")


def test_of_runs_that_fail_in_a_row_it_is_said_since_when_and_what_is_left(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(days=7))
    for days in (6, 5, 4, 3):
        site.fail(ago=timedelta(days=days))
    text = site.text("/")
    assert "Failing for 6 days , 4 runs in a row. Last backup 13 Nov 14:00 . “The source path" in text
    assert "last success 7 days ago · 4 failed" in text
    site.report(job="paperless", ago=timedelta(hours=1))
    assert site.db.rows("SELECT failing_runs, failing_since FROM job") == [(0, None)]


def test_the_customer_is_named_where_a_job_of_theirs_needs_somebody(site: Site) -> None:
    site.fail()
    assert 'class="label"' not in site.html("/")
    site.db.execute(
        "INSERT INTO account (id, parent_id, name, path, created_at) VALUES (7, 1, 'acme', '/1/7/', 0)"
    )
    site.db.execute("UPDATE server SET account_id = 7")
    site.db.execute("UPDATE job SET account_id = 7")
    assert '<span class="label">acme</span>' in site.html("/")


def test_what_cannot_wait_stands_before_what_can(site: Site) -> None:
    site.report("web-01", "once", ago=timedelta(days=20))
    site.warn("web-01", "warned")
    site.fail("web-01", "failed")
    text = site.text("/")
    places = [text.index(part) for part in ("Needs attention", "Warnings", "No schedule", "All jobs")]
    assert places == sorted(places)
