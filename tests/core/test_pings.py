"""Names that pings have: UUIDs, ids of runs, slugs, gatus' keys; and a ping as it is kept."""

import pytest

from duplistat.core.ping import Kind, Ping, as_query, from_query, ping_of
from duplistat.core.pings import gatus_key, is_slug, rid_of, slug_of, unique_key, uuid_of, veiled
from duplistat.services.reports.intake import names_of

UUID = "8116e449-d71c-4112-8f5d-a66f60902091"


@pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_a_uuid_is_one_however_it_is_written(text: str) -> None:
    assert uuid_of(text) == UUID


@pytest.mark.parametrize("text", ["", "db", UUID[:-1], UUID.replace("-", "", 1), f"{UUID}\n"])
def test_what_is_no_uuid_is_none(text: str) -> None:
    assert uuid_of(text) == ""
    assert rid_of(text) == ""


def test_the_id_of_a_run_has_its_dashes() -> None:
    assert rid_of(UUID.upper()) == UUID
    assert rid_of(UUID.replace("-", "")) == ""


def test_healthchecks_own_name_for_a_check_hides_its_uuid() -> None:
    assert unique_key(UUID) == "139c5c82247155ef234349fac6f7a01e4f863177"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("DB backup", "db-backup"),
        ("db_backup (2)", "db-backup-2"),
        ("--A--", "a"),
        ("Größe", "groe"),
        ("x" * 200, "x" * 100),
        ("備份", "job-7dfb8d2e"),
    ],
)
def test_a_slug_is_a_name_in_lower_case_with_dashes(name: str, slug: str) -> None:
    found = slug_of(name)
    assert is_slug(found)
    assert found == slug or (slug.startswith("job-") and found.startswith("job-"))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/ping/{UUID}/start", "/ping/…/start"),
        ("/base/ping/key/db", "/base/ping/…/db"),
        ("/api/push/token", "/api/push/…"),
        ("/p/key/db/run", "/p/…/db/run"),
        (f"/b/2/{UUID}.svg", "/b/2/…"),
        (f"/api/v3/checks/{UUID}", "/api/v3/checks/…"),
        ("/jobs/12/ping/rotate", "/jobs/12/ping/rotate"),
        ("/api/ping", "/api/ping"),
        ("/partners/1", "/partners/1"),
    ],
)
def test_no_secret_of_an_address_gets_into_a_log(path: str, shown: str) -> None:
    assert veiled(path) == shown


def test_gatus_makes_a_key_of_group_and_name() -> None:
    assert gatus_key("Load balancers", "us-west-2") == "load-balancers_us-west-2"
    assert gatus_key(" A/b_c.d,e#f+g&h ", "I") == "a-b-c-d-e-f-g-h_i"


@pytest.mark.parametrize(
    ("word", "ping"),
    [
        ("", Ping(Kind.SUCCESS)),
        ("start", Ping(Kind.START)),
        ("0", Ping(Kind.SUCCESS, 0)),
        ("007", Ping(Kind.FAIL, 7)),
        ("255", Ping(Kind.FAIL, 255)),
        ("256", None),
        ("success", None),
        ("-1", None),
        ("\u0663", None),
    ],
)
def test_the_end_of_an_address_says_what_happened(word: str, ping: Ping | None) -> None:
    assert ping_of(word) == ping


def test_a_ping_is_kept_so_that_it_can_be_read_again() -> None:
    ping = Ping(Kind.FAIL, 3, UUID, 1500, "why = this & that\n")
    query = as_query(ping, by="healthchecks", id="abc", started=12, logs=(1, 2))
    assert from_query(names_of(query)) == ping
    assert (names_of(query)["started"], names_of(query)["logs"]) == ("12", "1,2")
