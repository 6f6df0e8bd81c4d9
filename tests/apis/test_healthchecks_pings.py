"""/ping/…: what clients of Healthchecks send, and what that means here."""

import gzip
from collections.abc import Callable

import pytest

from duplistat.core.status import Health, Status
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.replay import read_again
from duplistat.store import ping_starts
from tests.support.outputs import text
from tests.support.pings import KEY, TOKEN, UUID, Call, call, make_key, make_pinged, ping, recorded
from tests.support.site import Site

RID, OTHER_RID = "d2a1c6a0-0f3c-4c4c-9c39-2b1a3f2f7a11", "0b1c2d3e-0f3c-4c4c-9c39-2b1a3f2f7a22"
RESTIC = text("restic", "33_backup_json_0.18.0.jsonl")


def told(site: Site, job: str = "db") -> list[tuple[str, int | None, str]]:
    """How the runs of a job ended, how long they took (ms), and why."""
    return [(run.status, run.duration_ms, run.message) for run in site.runs(job)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_any_method_is_a_ping_and_is_answered_as_healthchecks_does(site: Site, method: str) -> None:
    make_pinged(site)
    answer = ping(site, method=method)
    assert (answer.status_code, answer.data) == (200, b"" if method == "HEAD" else b"OK")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Ping-Body-Limit"] == "100000"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert told(site) == [("success", None, "")]


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (f"/ping/{UUID}/", 200, "OK"),
        (f"/ping/{UUID.upper()}/start/", 200, "OK"),
        # A base URL that ends with a slash: a redirect would be a success to many clients, and the ping lost.
        (f"/ping//{UUID}", 200, "OK"),
        (f"/ping/{UUID}//0", 200, "OK"),
        (f"/ping//{KEY}///db", 200, "OK"),
        (f"/ping/{UUID.replace('-', '')}", 200, "OK"),
        (f"/ping/{UUID}/007", 200, "OK"),
        (f"/ping/{UUID}/256", 400, "invalid url format"),
        (f"/ping/{UUID}/-1", 404, "not found"),
        (f"/ping/{UUID}/bogus", 404, "not found"),
        (f"/ping/{RID}", 404, "not found"),
        ("/ping/", 404, "not found"),
        ("/ping/a/b/c/d", 404, "not found"),
        (f"/ping/{KEY}/db", 200, "OK"),
        (f"/ping/{KEY}/DB", 400, "invalid url format"),
        (f"/ping/{KEY}/none", 404, "not found"),
        (f"/ping/{KEY}/none?create=true", 404, "not found"),
        (f"/ping/{KEY}/none?create=1", 200, "OK"),
        (f"/ping/{KEY.lower()}/db", 404, "not found"),
        (f"/ping/{KEY}/db/bogus", 404, "not found"),
        (f"/ping/{UUID}?rid=no-uuid", 200, "OK"),
    ],
)
def test_addresses_are_understood_as_the_page_says(site: Site, path: str, status: int, body: str) -> None:
    make_pinged(site)
    make_key(site)
    answer = ping(site, path)
    assert (answer.status_code, answer.text) == (status, body)


def test_a_run_lasts_from_its_start_to_its_end(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    assert site.job("db").health == Health.RUNNING
    site.now.forward(minutes=5)
    ping(site)
    (run,) = site.runs("db")
    assert (run.duration_ms, run.ended_at, run.started_at) == (300_000, site.now(), site.now() - 300_000)
    assert site.job("db").health == Health.OK
    # What told of it is listed with it.
    assert [item.run for item in site.deliveries()] == [run.id, run.id]


def test_runs_at_once_are_told_apart_by_their_ids(site: Site) -> None:
    make_pinged(site)
    ping(site, f"/start?rid={RID}")
    site.now.forward(minutes=1)
    ping(site, f"/start?rid={OTHER_RID.upper()}")
    site.now.forward(minutes=1)
    ping(site, f"?rid={RID}")
    assert site.job("db").health == Health.RUNNING
    site.now.forward(minutes=1)
    ping(site, f"/1?rid={OTHER_RID}")
    assert told(site) == [("success", 120_000, ""), ("error", 120_000, "Exit code 1")]
    assert site.job("db").health == Health.FAILED


def test_an_id_that_is_none_loses_no_ping(site: Site) -> None:
    make_pinged(site)
    ping(site, f"/start?rid={RID}")
    ping(site, "?rid=42")
    assert [status for status, _, _ in told(site)] == ["success"]
    assert site.job("db").health == Health.OK


def test_a_success_of_a_run_that_nobody_knows_leaves_what_runs(site: Site) -> None:
    make_pinged(site)
    ping(site, f"/start?rid={RID}")
    ping(site, f"?rid={OTHER_RID}")
    assert site.job("db").health == Health.RUNNING
    site.now.forward(minutes=1)
    ping(site, f"/fail?rid={OTHER_RID}")
    assert site.job("db").health == Health.FAILED
    assert ping_starts.of_job(site.db, site.job("db").id, site.now()) == []


def test_each_ping_is_a_run_of_its_own_whatever_its_body(site: Site) -> None:
    make_pinged(site)
    for _ in range(3):
        ping(site, body=RESTIC)
    assert len(site.runs("db")) == 3


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (1, "error"), (130, "interrupted")])
def test_an_exit_code_says_how_a_run_ended(site: Site, code: int, status: str) -> None:
    make_pinged(site)
    ping(site, f"/{code}", body="nobody knows this\nit is the last line\n")
    why = "" if code == 0 else f"Exit code {code}: it is the last line"
    assert told(site) == [(status, None, why)]


def test_the_exit_code_of_a_known_tool_means_what_it_means_there(site: Site) -> None:
    make_pinged(site)
    ping(site, "/3", body=RESTIC)
    (run,) = site.runs("db")
    assert (run.status, run.operation, run.files, run.size) == ("warning", "backup", 11, 1_870_001)


def test_a_failure_stays_one_whatever_the_body_says(site: Site) -> None:
    make_pinged(site)
    ping(site, "/fail", body=RESTIC)
    ping(site, "/fail", body="disk full")
    first, second = site.runs("db")
    assert (first.status, first.files) == ("error", 11)
    assert (second.status, second.message) == ("error", "disk full")


def test_a_success_that_its_output_doubts_is_a_warning_that_says_so(site: Site) -> None:
    make_pinged(site)
    ping(site, body="Fatal: unable to open repository at /srv/repo: ReadFile: no such file or directory\n")
    (run,) = site.runs("db")
    assert run.status == "warning"
    assert "unable to open repository" in run.message


def test_a_verification_makes_no_backup_fresh(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    site.now.forward(minutes=1)
    ping(site, "/0", body=text("restic", "25_check_text_ok_0.14.0.txt"))
    (run,) = site.runs("db")
    assert (run.operation, run.is_backup, run.duration_ms) == ("verify", 0, 60_000)
    assert (site.job("db").health, site.job("db").last_run) == (Health.NEVER, None)


def test_a_log_is_no_outcome_and_is_of_the_run_that_is_under_way(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    ping(site, "/log", body=RESTIC)
    assert told(site) == []
    site.now.forward(minutes=1)
    ping(site)
    (run,) = site.runs("db")
    assert (run.files, run.duration_ms) == (11, 60_000)
    assert run.log_lines > 0


def test_a_log_while_nothing_runs_is_a_note(site: Site) -> None:
    make_pinged(site)
    assert ping(site, "/log", body="cleaned up").text == "OK"
    assert ping(site, "/log").text == "OK"
    assert site.db.rows("SELECT type, job_name, message FROM event") == [("log", "db", "cleaned up")]
    assert told(site) == []


def test_a_start_that_never_ends_was_interrupted_when_the_next_one_begins(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    site.now.forward(hours=12)
    ping(site, "/start")
    site.now.forward(minutes=3)
    ping(site)
    assert [(status, took) for status, took, _ in told(site)] == [("interrupted", None), ("success", 180_000)]


def test_a_start_that_is_sent_again_is_the_same_run(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    site.now.forward(seconds=20)
    ping(site, "/start")
    ping(site)
    assert [status for status, _, _ in told(site)] == ["success"]


def test_a_run_that_was_given_up_is_the_one_that_ends_later(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    for _ in range(3):
        site.now.forward(hours=25)
        site.sweep()
        if site.runs("db"):
            break
    before = [run.id for run in site.runs("db")]
    ping(site)
    assert [run.id for run in site.runs("db")] == before or len(site.runs("db")) == 1
    assert site.runs("db")[-1].status == Status.SUCCESS


def test_long_bodies_keep_their_head_and_their_tail(make_site: Callable[..., Site]) -> None:
    site = make_site(intake={"max_log_bytes": 7 * 1024 * 1024})
    make_pinged(site)
    body = b"head" + b"x" * 6 * 1024 * 1024 + b"\ntail"
    assert ping(site, "/1", body=body).text == "OK"
    (kept,) = site.deliveries()
    assert kept.size < len(body)
    assert site.runs("db")[0].message.endswith("tail")
    # Over the limit it is cut, and never refused.
    assert ping(site, "/1", body=body * 2).text == "OK"
    assert len(site.runs("db")) == 2


def test_a_body_may_be_compressed_and_one_that_only_says_so_is_kept(site: Site) -> None:
    make_pinged(site)
    packed = gzip.compress(RESTIC.encode())
    assert ping(site, body=packed, **{"Content-Encoding": "gzip"}).text == "OK"
    assert ping(site, "/1", body="no gzip", **{"Content-Encoding": "gzip"}).text == "OK"
    first, second = site.runs("db")
    assert (first.files, second.message) == (11, "Exit code 1: no gzip")


def test_a_slug_is_of_its_account_and_of_the_server_that_is_named(site: Site) -> None:
    make_pinged(site, server="one")
    make_key(site)
    assert ping(site, f"/ping/{KEY}/db?server=two&create=1").text == "OK"
    answer = ping(site, f"/ping/{KEY}/db")
    assert (answer.status_code, answer.text) == (409, "ambiguous slug")
    assert ping(site, f"/ping/{KEY}/db?server=one").text == "OK"
    site.account("acme")
    assert ping(site, f"/ping/{make_key(site, 'of-acme', account='acme')}/db").status_code == 404


def test_a_job_that_a_ping_makes_is_on_the_server_pings(site: Site) -> None:
    make_key(site)
    ping(site, f"/ping/{KEY}/web-backup/start?create=1")
    ping(site, f"/ping/{KEY}/web-backup?create=1")
    assert [server.name for server in site.servers()] == ["pings"]
    assert [status for status, _, _ in told(site, "web-backup")] == ["success"]


def test_a_job_that_reports_otherwise_is_pinged_by_its_slug(site: Site) -> None:
    make_key(site)
    key = {"X-Api-Key": site.key(Scope.INGEST)}
    site.client().post("/api/report?server=web&job=Nightly_Backup&exit=0", data=b"x", headers=key)
    assert ping(site, f"/ping/{KEY}/nightly-backup").text == "OK"
    assert len(site.runs("Nightly_Backup")) == 2


def test_a_suspended_account_and_a_deleted_job_are_not_pinged(site: Site) -> None:
    site.account("acme")
    make_pinged(site, account="acme")
    site.db.change("UPDATE account SET suspended_at = 1 WHERE name = 'acme'")
    assert ping(site).status_code == 404
    site.db.change("UPDATE account SET suspended_at = NULL")
    assert ping(site).status_code == 200
    site.db.change("UPDATE job SET deleting_at = 1")
    assert ping(site).status_code == 404


def test_a_job_is_pinged_so_often_and_others_do_not_wait_for_that(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"ingest_per_minute": 2, "ingest_burst": 2})
    make_pinged(site)
    make_pinged(site, job="other", uuid=RID, token="other")
    answers = [ping(site) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert ping(site, f"/ping/{RID}").status_code == 200


def test_wrong_addresses_are_not_found_however_often(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"wrong_keys_per_minute": 2})
    make_pinged(site)
    assert {ping(site, f"/ping/{RID}").status_code for _ in range(5)} == {404}
    assert ping(site).status_code == 200


def test_no_secret_of_an_address_is_kept(site: Site) -> None:
    make_pinged(site)
    make_key(site)
    for path in ("", f"/ping/{KEY}/db", f"/api/push/{TOKEN}", f"/p/{KEY}/db/run"):
        assert ping(site, path).status_code == 200
    kept = f"{site.deliveries()}"
    assert not any(secret in kept for secret in (UUID, KEY, TOKEN))


def test_a_ping_says_the_same_when_it_is_read_again(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    ping(site, "/log", body=RESTIC)
    site.now.forward(minutes=1)
    ping(site, "/1", body="it broke")
    before = site.runs("db")
    for item in site.deliveries():
        assert read_again(site.db, site.writes, item.id, max_log_lines=1000) in ("live", "repeat")
    assert site.runs("db") == before


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01_borgmatic_default_success.txt", ["success"]),
        ("02_borgmatic_send_logs_success.txt", ["success"]),
        ("04_borgmatic_warning_becomes_fail.txt", ["error"]),
    ],
)
def test_what_borgmatic_sends_means_what_it_did(site: Site, name: str, expected: list[str]) -> None:
    make_pinged(site)
    calls = [item for item in recorded(name) if item.path.startswith("/ping/")]
    assert [item.path.rpartition("/")[2] for item in calls][:2] == ["start", "log"]
    healths = []
    for item in calls:
        assert call(site, item).text == "OK"
        healths.append(site.job("db").health)
        site.now.forward(minutes=1)
    assert healths[:2] == ["running", "running"]
    (run,) = site.runs("db")
    assert [run.status] == expected
    assert (run.operation, run.duration_ms) == ("backup", 120_000)
    if expected == ["error"]:
        assert "returned non-zero exit status 105" in run.message or "Permission denied" in run.message


def test_a_backup_of_backrest_is_one_run_of_three_pings(site: Site) -> None:
    """Start, the end of its snapshot as a log, and success; the URL of a hook may end in a slash."""
    make_pinged(site)
    for path in ("/start", "/log", "/"):
        kind = {"Content-Type": "text/plain"}
        call(site, Call("POST", f"/ping/{UUID}{path}", kind, b"Backrest Snapshot Notification"))
    assert [status for status, _, _ in told(site)] == ["success"]
