"""Ping URLs, ping keys and badges by programs: made, told, replaced and refused."""

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import first_caller
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def path_of(url: str) -> str:
    return url.partition("//")[2].partition("/")[2]


def test_a_job_gets_a_ping_url_which_is_rotated_and_revoked(program: Program, site: Site) -> None:
    first_caller(site).report("2026-01-28T02:00:00Z")
    assert program.read("jobs/1/ping") == {
        "ping_url": None,
        "push_url": None,
        "made_at": None,
        "timed": True,
    }
    made = program.post("jobs/1/ping", again="k")
    assert program.post("jobs/1/ping", again="k") == made == program.read("jobs/1/ping")
    assert site.get(f"/{path_of(made['ping_url'])}").status_code == 200
    assert program.send("PATCH", "jobs/1/ping", {"timed": False}).get_json()["timed"] is False
    rotated = program.post("jobs/1/ping/rotate", {"keep_hours": 0})
    assert rotated["ping_url"] != made["ping_url"]
    assert program.send("DELETE", "jobs/1/ping").get_json()["ping_url"] is None
    assert program.send("DELETE", "jobs/1/ping").status_code == 404
    assert path_of(made["ping_url"]).rpartition("/")[2] not in repr(site.db.rows("SELECT * FROM idempotency"))
    assert Program(site, Scope.READ, name="reader").send("GET", "jobs/1/ping").status_code == 403
    assert [action for _, action, _ in noted(site)] == [
        "ping.revoke",
        "ping.rotate",
        "ping.set",
        "ping.create",
    ]


def test_ping_keys_are_created_told_rotated_and_revoked(program: Program, site: Site) -> None:
    made = program.post("ping-keys", {"name": "default"}, again="k")
    assert program.post("ping-keys", {"name": "default"}, again="k") == made
    (listed,) = program.read("ping-keys")["ping_keys"]
    assert listed == {name: made[name] for name in made if name != "key"}
    assert program.read("ping-keys/1") == made
    assert program.post("ping-keys/1/rotate")["key"] != made["key"]
    assert program.send("DELETE", "ping-keys/1").status_code == 204
    assert program.read("ping-keys")["ping_keys"] == []
    assert made["key"] not in repr(site.db.rows("SELECT * FROM idempotency"))


def test_badges_are_made_of_jobs_tags_and_accounts_and_revoked(program: Program, site: Site) -> None:
    first_caller(site).report("2026-01-28T02:00:00Z")
    program.send("PATCH", "jobs/1", {"tags": ["offsite"]})
    of_job, of_tag = program.post("jobs/1/badge"), program.post("status-badges", {"tag": "offsite"})
    whole = program.post("status-badges")
    assert [badge["kind"] for badge in program.read("status-badges")["badges"]] == ["job", "tag", "account"]
    for badge in (of_job, of_tag, whole):
        assert site.get(f"/{path_of(badge['url'])}").status_code == 200
        assert program.read(f"status-badges/{badge['id']}") == badge
    assert program.send("DELETE", "jobs/1/badge").status_code == 204
    assert program.send("DELETE", f"status-badges/{whole['id']}").status_code == 204
    assert site.get(f"/{path_of(whole['url'])}").status_code == 404
    assert program.read("status-badges")["badges"] == [of_tag]


def test_a_ping_key_has_the_name_that_is_kept(program: Program) -> None:
    assert program.post("ping-keys", {"name": "\x1f default "}, again="k")["name"] == "default"
