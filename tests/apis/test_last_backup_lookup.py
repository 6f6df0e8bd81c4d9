"""GET /api/lastbackup/{serverId}: which server is meant."""

from urllib.parse import quote

import pytest

from tests.support.bodies import duplicati, simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
PATHS = ("/api/lastbackup", "/api/lastbackups")
NAMES = (
    "Test Machine 1",
    "srv/data",
    "/leading",
    "//two//slashes",
    "trailing/",
    "Größe-ÄÖÜ-ß",
    "100% sure",
    "50%25",
    "a+b",
    "what?",
    "#1",
    "a&b=c",
    "日本語",
    "🦆",
    "..",
    "../../etc/passwd",
    'it\'s "quoted"',
    "<b>",
    "a\\b",
    "; DROP TABLE server",
    "%",
    "_",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_server_is_found_by_its_name_whatever_that_is(site: Site, path: str, name: str) -> None:
    site.record(simple(server="another", start=START))
    site.record(simple(server=name, start=START))
    assert site.read(f"{path}/{quote(name, safe='')}")["data"]["server"]["name"] == name


@pytest.mark.parametrize("text", ["1", "4f1d2c3b", "nas", "The%20Attic"])
def test_a_server_is_found_by_id_machine_id_name_or_alias(site: Site, text: str) -> None:
    site.record(duplicati(START))
    site.set_server(1, alias="The Attic")
    for path in PATHS:
        assert site.read(f"{path}/{text}")["data"]["server"]["id"] == 1


@pytest.mark.parametrize("text", ["2", "999999999999999999", "0"])
def test_a_number_that_is_no_server_is_not_found(site: Site, text: str) -> None:
    site.record(duplicati(START))
    for path in PATHS:
        response = site.get(f"{path}/{text}")
        assert response.status_code == 404
        assert response.get_json() == {
            "status": "error",
            "error": "NotFoundError",
            "message": "Server not found",
        }


@pytest.mark.parametrize(
    "text", ["unknown", "NAS", "-1", "1.0", "na", "%00", "%FF", "9" * 40, "%D9%A1", "1%20"]
)
def test_anything_else_that_is_no_server_is_no_id_at_all(site: Site, text: str) -> None:
    site.record(duplicati(START))
    for path in PATHS:
        response = site.get(f"{path}/{text}")
        assert response.status_code == 400
        assert response.get_json() == {
            "status": "error",
            "error": "ValidationError",
            "message": "Invalid server ID format",
        }


@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_several_servers_bear_is_answered_with_their_ids(site: Site, path: str) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb"))
    response = site.get(f"{path}/nas")
    assert response.status_code == 400
    assert response.get_json() == {
        "status": "error",
        "error": "ValidationError",
        "message": "Several servers are called 'nas': use one of the ids in duplicate_servers",
        "duplicate_servers": [{"id": 1, "name": "nas"}, {"id": 2, "name": "nas"}],
    }


def test_an_alias_of_one_and_the_name_of_another_are_several(site: Site) -> None:
    site.record(simple(server="a", start=START))
    site.record(simple(server="b", start=START))
    site.set_server(1, alias="b")
    assert [s["id"] for s in site.get("/api/lastbackup/b").get_json()["duplicate_servers"]] == [1, 2]


def test_a_machine_id_goes_before_a_name(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa", server="x"))
    site.record(simple(server="aaaa", start=START))
    assert site.read("/api/lastbackup/aaaa")["data"]["server"]["name"] == "x"


def test_a_server_that_is_called_like_a_number_is_found_where_no_id_is_meant(site: Site) -> None:
    site.record(simple(server="2024", start=START))
    assert site.read("/api/lastbackup/2024")["data"]["server"]["name"] == "2024"


def test_one_of_several_servers_is_found_by_its_id_or_machine_id(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb"))
    assert site.read("/api/lastbackup/2")["server"]["id"] == "bbbb"
    assert site.read("/api/lastbackup/aaaa")["data"]["server"]["id"] == 1
