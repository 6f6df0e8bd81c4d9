"""What reads other monitors reads ours: Healthchecks' checks and badges, status pages, gatus, backrest."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from duplistat.core.pings import unique_key
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings import badges
from duplistat.store import badges as badge_rows
from tests.support.bodies import duplicati
from tests.support.known import id_of
from tests.support.pings import UUID, make_pinged, ping
from tests.support.site import Site

REAL = json.loads((Path(__file__).parent / "pings" / "12_hc_api_checks_readonly_key.json").read_text())
REAL_FULL = json.loads((Path(__file__).parent / "pings" / "13_hc_api_checks_full_key.json").read_text())
WIDGETS = ("/api/status-page/all", "/api/status-page/heartbeat/all", "/api/v1/endpoints/statuses")


@pytest.fixture
def key(site: Site) -> str:
    return site.key(Scope.READ)


def checks(site: Site, key: str, query: str = "", version: int = 3) -> list[dict[str, Any]]:
    content = site.read(f"/api/v{version}/checks/{query}", **{"X-Api-Key": key})
    found: list[dict[str, Any]] = content["checks"]
    return found


def make_badge(site: Site, of: badges.Of, account: str = "main") -> str:
    """The code of a new badge."""
    owner = id_of(site.db, account)
    fresh = badges.fresh(site.config)
    site.writes.run(badges.make_badge, account=owner, of=of, badge=fresh, **site.signature())
    made = badge_rows.by_hash(site.db, fresh["hash"])
    assert made is not None
    return badges.addresses(site.config, "", made).two.removeprefix("/b/2/")


def test_a_check_has_healthchecks_fields_in_healthchecks_order(site: Site, key: str) -> None:
    make_pinged(site)
    ping(site)
    (mine,) = checks(site, key)
    real = dict.fromkeys(REAL["checks"][0])
    assert [name for name in mine if name != "last_duration"] == list(real)
    (full,) = checks(site, site.key(Scope.ADMIN, name="rw"))
    assert [name for name in full if name != "last_duration"] == list(REAL_FULL["checks"][0])
    for name, value in REAL["checks"][0].items():
        assert type(mine[name]) in (type(value), type(None)), name


def test_a_key_that_only_reads_is_told_no_ping_url(site: Site, key: str) -> None:
    make_pinged(site)
    assert UUID not in json.dumps(checks(site, key))
    (full,) = checks(site, site.key(Scope.ADMIN, name="rw"))
    assert (full["uuid"], full["ping_url"]) == (UUID, f"http://localhost/ping/{UUID}")


def test_statuses_are_those_of_healthchecks(site: Site, key: str) -> None:
    def status() -> tuple[str, bool]:
        (found,) = checks(site, key)
        return found["status"], found["started"]

    make_pinged(site)
    assert status() == ("new", False)
    ping(site, "/start")
    assert status() == ("new", True)
    assert checks(site, key, version=1)[0]["status"] == "started"
    ping(site)
    assert status() == ("up", False)
    site.set_job(site.job("db"), schedule="cron 0 * * * *", schedule_zone="UTC", grace_ms=1_800_000)
    site.now.forward(minutes=70)
    assert status() == ("grace", False)
    site.now.forward(minutes=30)
    assert status() == ("down", False)
    ping(site, "/fail")
    assert status() == ("down", False)
    ping(site, "/start")
    assert status() == ("down", True)
    site.set_job(site.job("db"), paused=True)
    assert status() == ("paused", False)


def test_times_are_written_as_healthchecks_writes_them(site: Site, key: str) -> None:
    make_pinged(site)
    assert checks(site, key)[0]["last_ping"] is None
    ping(site)
    site.set_job(site.job("db"), schedule="cron 0 2 * * *", schedule_zone="Europe/Berlin")
    (found,) = checks(site, key)
    for name in ("last_ping", "next_ping"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found[name])
    assert (found["schedule"], found["tz"]) == ("0 2 * * *", "Europe/Berlin")


def test_checks_are_chosen_by_all_of_some_tags_and_by_their_slug(site: Site, key: str) -> None:
    make_pinged(site)
    make_pinged(site, job="Other one", uuid=UUID.replace("8", "9"), token="other")
    site.set_job(site.job("db"), tags=["prod", "db"])
    assert [item["name"] for item in checks(site, key, "?tag=prod&tag=db")] == ["db"]
    assert checks(site, key, "?tag=prod&tag=none") == []
    assert [item["name"] for item in checks(site, key, "?slug=other-one")] == ["Other one"]
    assert checks(site, key, "?tag=prod")[0]["tags"] == "prod db"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_check_is_found_by_its_uuid_and_by_both_of_its_keys(site: Site, key: str, version: int) -> None:
    make_pinged(site)
    own = checks(site, key)[0]["unique_key"]
    for name in (UUID, unique_key(UUID), own):
        found = site.read(f"/api/v{version}/checks/{name}", **{"X-Api-Key": key})
        assert found["name"] == "db"
    site.account("acme")
    stranger = site.key(Scope.READ, account="acme")
    for name in (UUID, unique_key(UUID), own, "nonsense", "%00", "f" * 40, "0" * 40):
        answer = site.get(f"/api/v{version}/checks/{name}", **{"X-Api-Key": stranger})
        assert (answer.status_code, answer.get_json()) == (404, {"error": "not found"})


@pytest.mark.parametrize(
    ("headers", "text"),
    [({}, "missing api key"), ({"X-Api-Key": "x" * 32}, "wrong api key")],
)
def test_a_key_is_always_needed(site: Site, headers: dict[str, str], text: str) -> None:
    answer = site.get("/api/v3/checks/", **headers)
    assert (answer.status_code, answer.get_json()) == (401, {"error": text})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert site.get("/api/v3/status/").text == "OK"


def test_a_browser_asks_first_and_nothing_is_changed_by_other_methods(site: Site, key: str) -> None:
    asked = site.client().options("/api/v3/checks/")
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (204, "X-Api-Key")
    assert site.client().put("/api/v3/checks/", headers={"X-Api-Key": key}).status_code == 405


def test_flips_tell_when_it_went_down_and_came_up(site: Site, key: str) -> None:
    make_pinged(site)
    for path in ("", "/start", "/1", "/start", ""):
        ping(site, path)
        site.now.forward(minutes=10)
    name = checks(site, key)[0]["unique_key"]
    found = site.read(f"/api/v3/checks/{name}/flips/", **{"X-Api-Key": key})["flips"]
    assert [item["up"] for item in found] == [1, 0]
    later = site.read(f"/api/v3/checks/{name}/flips/?seconds=1500", **{"X-Api-Key": key})["flips"]
    assert [item["up"] for item in later] == [1]


def test_a_badge_of_an_account_a_server_a_tag_and_a_job(site: Site) -> None:
    job = make_pinged(site)
    make_pinged(site, server="other", job="second", uuid=UUID.replace("8", "9"), token="other")
    ping(site)
    ping(site, f"/ping/{UUID.replace('8', '9')}/fail")
    site.set_job(site.job("second"), tags=["prod"])
    home = next(server.id for server in site.servers() if server.name == "other")
    expected = {
        make_badge(site, badges.of_job(job)): ("db", "up", 1, 0),
        make_badge(site, badges.of_server(home)): ("other", "down", 1, 1),
        make_badge(site, badges.of_tag("prod")): ("prod", "down", 1, 1),
        make_badge(site, badges.of_account()): ("main", "down", 2, 1),
    }
    for code, (label, word, total, down) in expected.items():
        content = {"status": word, "total": total, "grace": 0, "down": down}
        assert site.read(f"/b/2/{code}.json") == content
        shields = site.read(f"/b/3/{code}.shields")
        assert (shields["schemaVersion"], shields["label"], shields["message"]) == (1, label, word)
        picture = site.get(f"/b/2/{code}.svg")
        assert picture.headers["Content-Type"].startswith("image/svg+xml")
        assert picture.headers["Access-Control-Allow-Origin"] == "*"
        texts = {text.text for text in ElementTree.fromstring(picture.text).iter() if text.text}
        assert texts == {label, word}


def test_a_badge_gives_nothing_away_and_can_be_revoked(site: Site) -> None:
    job = make_pinged(site, job='<b>&"\u202e')
    code = make_badge(site, badges.of_job(job))
    for format in ("svg", "json", "shields"):
        text = site.get(f"/b/2/{code}.{format}").text
        assert UUID not in text
        assert "<b>" not in text or format == "shields"
    ElementTree.fromstring(site.get(f"/b/2/{code}.svg").text)
    for path in (f"/b/2/{code}.xml", f"/b/4/{code}.svg", f"/b/2/{UUID}.svg", f"/ping/{code}", "/b/2"):
        assert site.get(path).status_code == 404
    (made,) = badge_rows.of_accounts(site.db, site.everyone)
    site.writes.run(badges.revoke_badge, account=1, badge=made.id, **site.signature())
    assert site.get(f"/b/2/{code}.svg").status_code == 404


def test_a_badge_has_three_states_where_it_is_asked_for_them(site: Site) -> None:
    job = make_pinged(site)
    ping(site)
    site.set_job(site.job("db"), schedule="cron 0 * * * *", schedule_zone="UTC", grace_ms=1_800_000)
    site.now.forward(minutes=70)
    code = make_badge(site, badges.of_job(job))
    assert site.read(f"/b/2/{code}.json") == {"status": "up", "total": 1, "grace": 1, "down": 0}
    assert site.read(f"/b/3/{code}.json")["status"] == "late"


def test_badges_are_listed_as_healthchecks_lists_them(site: Site, key: str) -> None:
    make_badge(site, badges.of_account())
    make_badge(site, badges.of_tag("prod"))
    found = site.read("/api/v3/badges/", **{"X-Api-Key": key})["badges"]
    assert set(found) == {"*", "prod"}
    assert list(found["*"]) == ["svg", "svg3", "json", "json3", "shields", "shields3"]
    address = found["prod"]["json3"].removeprefix("http://localhost")
    assert site.read(address)["total"] == 0


def test_a_status_page_is_what_homepage_reads(site: Site) -> None:
    good, bad = make_pinged(site), make_pinged(site, job="bad", uuid=UUID.replace("8", "9"), token="other")
    ping(site)
    ping(site, f"/ping/{UUID.replace('8', '9')}/fail")
    beats = site.read("/api/status-page/heartbeat/all")
    assert {name: item[-1]["status"] for name, item in beats["heartbeatList"].items()} == {
        f"{good}": 1,
        f"{bad}": 0,
    }
    assert set(beats["uptimeList"]) == {f"{good}_24", f"{bad}_24"}
    assert all(0 <= share <= 1 for share in beats["uptimeList"].values())
    page = site.read("/api/status-page/all")
    assert page["incident"]["title"] == "bad"
    assert page["incident"]["createdDate"].endswith("Z")
    assert [group["name"] for group in page["publicGroupList"]] == ["nas"]


def test_a_status_page_is_of_a_tag_a_server_or_a_badge(site: Site) -> None:
    job = make_pinged(site, server="NAS 1")
    make_pinged(site, server="other", job="second", uuid=UUID.replace("8", "9"), token="other")
    site.set_job(site.job("db"), tags=["Off site"])
    code = make_badge(site, badges.of_job(job))
    for slug in ("off-site", "nas-1", code):
        groups = site.read(f"/api/status-page/{slug}")["publicGroupList"]
        assert [[item["name"] for item in group["monitorList"]] for group in groups] == [["db"]]
    everything = site.read("/api/status-page/main")["publicGroupList"]
    assert [group["name"] for group in everything] == ["NAS 1", "other"]
    missing = site.get("/api/status-page/none")
    assert (missing.status_code, missing.get_json()["msg"]) == (404, "Status Page Not Found")
    assert site.read("/api/status-page/heartbeat/none") == {"heartbeatList": {}, "uptimeList": {}}


def test_a_stalled_run_and_a_maintenance_have_their_own_numbers(site: Site) -> None:
    job = f"{make_pinged(site)}"
    ping(site)

    def latest() -> int:
        found: int = site.read("/api/status-page/heartbeat/all")["heartbeatList"][job][-1]["status"]
        return found

    ping(site, "/start")
    assert latest() == 1
    site.now.forward(hours=25)
    assert latest() == 2
    ping(site)
    now = site.now()
    site.set_job(site.job("db"), maintenance_from=now - 1000, maintenance_until=now + 1_000_000)
    assert latest() == 3
    site.set_job(site.job("db"), maintenance_from=None, maintenance_until=None, paused=True)
    assert site.read("/api/status-page/heartbeat/all")["heartbeatList"] == {}


def test_days_of_before_are_told_oldest_first(site: Site) -> None:
    job = f"{make_pinged(site)}"
    for path in ("", "/fail", ""):
        ping(site, path)
        site.now.forward(days=1)
    beats = site.read("/api/status-page/heartbeat/all")["heartbeatList"][job]
    assert [item["status"] for item in beats] == [1, 0, 1, 1]
    assert [item["time"] for item in beats] == sorted(item["time"] for item in beats)


def test_gatus_statuses_are_what_homepage_reads(site: Site) -> None:
    make_pinged(site, server="Web 01")
    ping(site, "/fail")
    (found,) = site.get("/api/v1/endpoints/statuses").get_json()
    assert (found["name"], found["group"], found["key"]) == ("db", "Web 01", "web-01_db")
    assert [item["success"] for item in found["results"]][-1] is False


def test_backrests_summary_is_what_homepage_reads(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z", job="photos", server="nas"))
    site.record(duplicati("2026-01-28T02:00:00Z", job="photos", server="nas", result="Error"))
    (plan,) = site.client().post("/v1.Backrest/GetSummaryDashboard", json={}).get_json()["planSummaries"]
    assert (plan["id"], plan["backupsSuccessLast30days"], plan["backupsFailed30days"]) == (
        "nas / photos",
        "1",
        "1",
    )
    assert plan["recentBackups"] == {"status": ["STATUS_ERROR"]}
    assert int(plan["bytesAddedLast30days"]) >= 0


@pytest.mark.parametrize("path", WIDGETS)
def test_widgets_need_a_key_where_reads_need_one(make_site: Any, path: str) -> None:
    site = make_site(api={"require_key": True})
    assert site.get(path).status_code == 401
    key = site.key(Scope.READ)
    login = {"Authorization": f"Basic {b64encode(f'x:{key}'.encode()).decode()}"}
    assert site.get(path, **login).status_code == 200
