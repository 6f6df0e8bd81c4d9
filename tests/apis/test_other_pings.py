"""Uptime Kuma's push URL, Cronitor, gotify and gatus: what each of their calls means here."""

from collections.abc import Callable

import pytest

from duplistat.core.status import Health
from duplistat.services.access.api_keys import Scope
from duplistat.store import ping_starts
from tests.support.outputs import FOLDER, text
from tests.support.pings import KEY, TOKEN, call, make_key, make_pinged, ping, recorded
from tests.support.site import Site

MULTIPART = "multipart/form-data"
PUSH = f"/api/push/{TOKEN}"


def ended(site: Site, job: str = "db") -> list[tuple[str, int | None, str]]:
    return [(run.status, run.duration_ms, run.message) for run in site.runs(job)]


@pytest.mark.parametrize(
    ("query", "run"),
    [
        ("", ("success", None, "")),
        ("?status=up&msg=OK&ping=", ("success", None, "")),
        ("?status=up&msg=OK&ping=%PING%", ("success", None, "")),
        ("?status=up&ping=1500.4ms", ("success", 1500, "")),
        ("?status=up&msg=start&ping=12", ("success", 12, "")),
        ("?status=&msg=", ("success", None, "")),
        ("?status=down&msg=disk+full", ("error", None, "disk full")),
        ("?status=UP", ("error", None, "")),
        ("?status=up&status=up", ("error", None, "")),
        ("?ping=1e999", ("success", None, "")),
        ("?ping=-5", ("success", None, "")),
    ],
)
def test_a_push_is_up_or_down(site: Site, query: str, run: tuple[str, int | None, str]) -> None:
    make_pinged(site)
    answer = ping(site, f"{PUSH}{query}", method="GET")
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True})
    assert ended(site) == [run]


@pytest.mark.parametrize(
    "path", ["/api/push/nobody", f"/api/push/{TOKEN.lower()}", "/api/push/", "/api/push/a b"]
)
def test_a_push_to_nobody_is_said_in_kumas_words(site: Site, path: str) -> None:
    make_pinged(site)
    answer = ping(site, path, method="GET")
    assert (answer.status_code, answer.get_json()) == (
        404,
        {"ok": False, "msg": "Monitor not found or not active."},
    )


def test_kumas_ping_is_no_duration_where_the_job_says_so(site: Site) -> None:
    job = make_pinged(site)
    with site.db.transaction():
        ping_starts.set_timed(site.db, job, False)
    ping(site, f"{PUSH}?status=up&ping=1500")
    assert ended(site) == [("success", None, "")]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("01_borgmatic_default_success.txt", "success"),
        ("02_borgmatic_send_logs_success.txt", "success"),
        ("04_borgmatic_warning_becomes_fail.txt", "error"),
    ],
)
@pytest.mark.parametrize("prefix", ["/api/push/", "/d3x0c1/", "/message"])
def test_borgmatics_other_hooks_mean_what_it_did(site: Site, name: str, status: str, prefix: str) -> None:
    """Its start arrives as up at Uptime Kuma, and gotify has only words for it."""
    make_pinged(site)
    make_key(site, "AbCdEfGhIjKlMn")
    calls = [item for item in recorded(name) if item.path.startswith(prefix)]
    assert len(calls) == 2
    for item, health in zip(calls, (Health.RUNNING, None), strict=True):
        path = item.path.replace("/d3x0c1/", f"/p/{TOKEN}/")
        assert call(site, type(item)(item.method, path, item.headers, item.body)).status_code == 200
        (job,) = [job for job in site.jobs() if job.live_state or job.last_run]
        assert health is None or job.health == health
        site.now.forward(minutes=2)
    ((found, took, _),) = ended(site, job.name)
    assert (found, took) == (status, 120_000)
    assert job.name == ("borgmatic" if prefix == "/message" else "db")


@pytest.mark.parametrize("path", [f"/p/{KEY}/db", f"/p/{TOKEN}"])
@pytest.mark.parametrize("in_path", [True, False])
def test_cronitor_names_the_state_in_the_path_or_in_the_query(site: Site, path: str, in_path: bool) -> None:
    make_pinged(site)
    make_key(site)

    def tell(state: str, more: str = "") -> None:
        where = f"{path}/{state}?{more}" if in_path else f"{path}?state={state}&{more}"
        assert ping(site, where, method="GET").status_code == 200

    tell("run", "series=1795880460.1")
    assert site.job("db").health == Health.RUNNING
    site.now.forward(minutes=1)
    tell("complete", "series=1795880460.1&duration=42.5")
    tell("fail", "status_code=2")
    tell("tick")
    assert ended(site) == [("success", 42_500, ""), ("error", None, "Exit code 2"), ("success", None, "")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/p/{KEY}/none/run", 404),
        (f"/p/{KEY}/none/run?create=1", 200),
        ("/p/nobody/db", 404),
        ("/p/nobody", 404),
        (f"/p/{KEY}/db/slept", 400),
        ("/p/", 404),
    ],
)
def test_cronitor_addresses(site: Site, path: str, status: int) -> None:
    make_pinged(site)
    make_key(site)
    assert ping(site, path, method="GET").status_code == status


def gotify(
    site: Site, title: str, message: str, *, token: str = KEY, query: str = "", priority: int = 5
) -> int:
    """The id that gotify's answer has."""
    answer = site.client().post(
        f"/message{query}",
        json={"title": title, "message": message, "priority": priority},
        headers={"X-Gotify-Key": token},
    )
    assert answer.status_code == 200, answer.text
    content = answer.get_json()
    assert (content["title"], content["message"], content["priority"]) == (title, message, priority)
    return int(content["id"])


def test_proxmox_tells_of_each_guest_by_gotify(site: Site) -> None:
    make_key(site)
    report = text("proxmox", sorted(p.name for p in (FOLDER / "proxmox").iterdir())[0])
    title = "vzdump backup status (pve1.example.org): backup failed: multiple problems"
    gotify(site, title, report, priority=9)
    assert {server.name for server in site.servers()} == {"pve1"}
    assert len(site.jobs()) > 1


def test_gotify_takes_a_message_of_no_tool_as_an_event(site: Site) -> None:
    make_key(site)
    gotify(site, "Package updates", "3 packages", query="?server=pve1")
    gotify(site, "Fencing", "node lost", query="?server=pve1", priority=9)
    assert site.db.rows("SELECT severity, type, message FROM event ORDER BY id") == [
        ("info", "gotify", "Package updates\n3 packages"),
        ("error", "gotify", "Fencing\nnode lost"),
    ]
    assert site.jobs() == []


def test_gotify_takes_the_push_token_of_a_job(site: Site) -> None:
    make_pinged(site)
    gotify(site, "A borgmatic START event happened", "A borgmatic START event happened", token=TOKEN)
    gotify(site, "note", "half way", token=TOKEN)
    gotify(site, "A borgmatic FAIL event happened", "A borgmatic FAIL event happened", token=TOKEN)
    assert [status for status, _, _ in ended(site)] == ["error"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"message": "x"}}, 401),
        ({"json": {"message": "x"}, "headers": {"Authorization": "Bearer nobody"}}, 401),
        ({"json": {"title": "x"}, "query_string": {"token": KEY}}, 400),
        ({"data": b"{", "query_string": {"token": KEY}}, 400),
        ({"data": b'{"message": "a\\u0000\\ud800", "title": []}', "query_string": {"token": KEY}}, 200),
        ({"data": {"message": "x"}, "query_string": {"token": KEY}}, 200),
        ({"data": {"message": "x"}, "content_type": MULTIPART, "query_string": {"token": KEY}}, 200),
        ({"data": {"title": "x"}, "content_type": MULTIPART, "query_string": {"token": KEY}}, 400),
        ({"query_string": {"token": KEY, "message": "x"}}, 200),
        ({"json": {"message": "x"}, "headers": {"Authorization": f"Bearer {KEY}"}}, 200),
    ],
)
def test_gotify_says_what_is_wrong(site: Site, request_: dict[str, object], status: int) -> None:
    make_key(site)
    answer = site.client().post("/message", **request_)
    assert answer.status_code == status
    if status != 200:
        content = answer.get_json()
        assert (content["errorCode"], bool(content["errorDescription"])) == (status, True)


def gatus(site: Site, key: str, query: str, token: str | None = KEY) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    answer = site.client().post(f"/api/v1/endpoints/{key}/external{query}", headers=headers)
    return answer.status_code, answer.text


def test_gatus_names_a_job_by_its_own_rule(site: Site) -> None:
    make_pinged(site, server="Web 01.example", job="DB #1 & more")
    make_key(site)
    key = "web-01-example_db--1---more"
    assert gatus(site, key, "?success=true&duration=1m2.5s") == (200, "")
    assert gatus(site, key, "?success=false&error=no+route", token=site.key(Scope.INGEST)) == (200, "")
    assert ended(site, "DB #1 & more") == [("success", 62_500, ""), ("error", None, "no route")]


@pytest.mark.parametrize(
    ("query", "token", "status", "said"),
    [
        ("", None, 400, "missing or invalid success query parameter"),
        ("?success=1", KEY, 400, "missing or invalid success query parameter"),
        ("?success=true&duration=soon", KEY, 400, "invalid duration: soon"),
        ("?success=true", None, 401, "invalid Authorization header"),
        ("?success=true", "", 401, "bearer token must not be empty"),
        ("?success=true", "nobody", 401, "invalid token"),
        ("?success=true", KEY, 404, "not found"),
    ],
)
def test_gatus_refuses_in_its_own_words(
    site: Site, query: str, token: str | None, status: int, said: str
) -> None:
    make_key(site)
    assert gatus(site, "no_job", query, token) == (status, said)


def test_a_key_that_only_reads_pings_nothing(site: Site) -> None:
    make_pinged(site)
    key = site.key(Scope.READ)
    assert gatus(site, "nas_db", "?success=true", key)[0] == 401
    assert (
        site.client().post("/message", json={"message": "x"}, headers={"X-Gotify-Key": key}).status_code
        == 401
    )


def test_who_tries_too_many_keys_is_not_told_which_one_is_right(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"wrong_keys_per_minute": 2})
    make_pinged(site)
    key = site.key(Scope.INGEST)
    codes = [gatus(site, "nas_db", "?success=true", f"wrong-{number}")[0] for number in range(4)]
    assert codes == [401, 401, 429, 429]
    assert gatus(site, "nas_db", "?success=true", key)[0] == 429
    send = site.client().post("/message", json={"message": "x"}, headers={"X-Gotify-Key": key})
    assert (send.status_code, send.get_json()["errorCode"]) == (429, 429)
