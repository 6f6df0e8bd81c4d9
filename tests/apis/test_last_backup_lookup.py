"""GET /api/lastbackup/{serverId}: which server is meant."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from tests.support.bodies import duplicati, simple
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

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
    "two\nlines",
    "carriage\r\nreturn",
    "tab\tand\x1b[31mred",
    "a\u2028b",
    "name:nas",
    "1.",
)


def unknown(text: str) -> dict[str, str]:
    return {"field": "server", "problem": f"no server has the id, machine id, name or alias {text!r}"}


@pytest.mark.parametrize("name", NAMES)
def test_a_server_is_found_by_its_name_whatever_that_is(site: Site, name: str) -> None:
    site.record(simple(server="another", start=START))
    site.record(simple(server=name, start=START))
    found = [site.read(f"{path}/{quote(name, safe='')}")["data"]["server"]["name"] for path in PATHS]
    assert found == [name, name]


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
            "details": [unknown(text)],
        }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unknown", "unknown"),
        ("NAS", "NAS"),
        ("-1", "-1"),
        ("1.0", "1.0"),
        ("na", "na"),
        ("%00", "\u2400"),
        ("9" * 40, "9" * 40),
        ("%D9%A1", "\u0661"),
        ("2%20", "2 "),
        ("a%0Ab", "a\nb"),
        ("nas%0A2", "nas\n2"),
        ("name:7", "name:7"),
        ("x" * 300, "x" * 200),
    ],
)
def test_anything_else_that_is_no_server_is_no_id_at_all(site: Site, text: str, told: str) -> None:
    site.record(duplicati(START))
    for path in PATHS:
        response = site.get(f"{path}/{text}")
        assert response.status_code == 400
        assert response.get_json() == {
            "status": "error",
            "error": "ValidationError",
            "message": "Invalid server ID format",
            "details": [unknown(told)],
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
        "details": [
            {"field": "server", "problem": "may be the server with id 1, named 'nas' (machine id aaaa)"},
            {"field": "server", "problem": "may be the server with id 2, named 'nas' (machine id bbbb)"},
        ],
        "duplicate_servers": [{"id": 1, "name": "nas"}, {"id": 2, "name": "nas"}],
        "duplicate_machines": [{"id": 1, "name": "nas"}, {"id": 2, "name": "nas"}],
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


@pytest.mark.parametrize("path", PATHS)
def test_a_server_that_is_called_like_an_id_is_found_behind_a_word_for_names(site: Site, path: str) -> None:
    site.record(simple(server="nas", start=START))
    site.record(simple(server="1", start=START))
    assert site.read(f"{path}/1")["data"]["server"]["name"] == "nas"
    assert site.read(f"{path}/name:1")["data"]["server"]["name"] == "1"
    assert site.read(f"{path}/name%3A1")["data"]["server"]["name"] == "1"
    assert site.get(f"{path}/name:2").status_code == 400


def test_an_id_that_the_caller_does_not_see_is_a_name(site: Site) -> None:
    site.account("customer", "main")
    key = site.key(Scope.READ, Scope.INGEST, account="customer")
    site.record(simple(server="nas", start=START))
    site.record(simple(server="1", start=START), headers={"X-Api-Key": key})
    found = site.read("/api/lastbackup/1", **{"X-Api-Key": key})["data"]["server"]
    assert (found["id"], found["name"]) == (2, "1")


def test_behind_the_word_for_names_no_machine_id_counts(site: Site) -> None:
    site.record(duplicati(START, machine="nas", server="attic"))
    site.record(duplicati(START, machine="bbbb", server="nas"))
    assert site.read("/api/lastbackup/nas")["data"]["server"]["name"] == "attic"
    assert site.read("/api/lastbackup/name:nas")["data"]["server"]["name"] == "nas"


def test_a_server_that_is_called_with_that_word_is_found_where_none_bears_the_rest(site: Site) -> None:
    site.record(simple(server="name:nas", start=START))
    assert site.read("/api/lastbackup/name:nas")["data"]["server"]["name"] == "name:nas"
    site.record(simple(server="nas", start=START))
    assert site.read("/api/lastbackup/name:nas")["data"]["server"]["name"] == "nas"
    assert site.read("/api/lastbackup/name:name:nas")["data"]["server"]["name"] == "name:nas"


def test_a_number_with_zeros_before_it_is_a_name_first(site: Site) -> None:
    site.record(simple(server="nas", start=START))
    assert site.read("/api/lastbackup/01")["data"]["server"]["name"] == "nas"
    site.record(simple(server="01", start=START))
    assert site.read("/api/lastbackup/01")["data"]["server"]["name"] == "01"


@pytest.mark.parametrize("sent", [" nas ", "\tnas\n", "nas"])
def test_a_server_is_found_by_its_name_as_its_sender_spells_it(site: Site, sent: str) -> None:
    site.record(duplicati(START, server=sent))
    assert site.read(f"/api/lastbackup/{quote(sent, safe='')}")["data"]["server"]["id"] == 1


def test_a_name_that_was_cut_is_found_in_full(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa", server="x" * 300 + "1"))
    site.record(duplicati(START, machine="bbbb", server="x" * 300 + "2"))
    assert site.read(f"/api/lastbackup/{'x' * 300}2")["data"]["server"]["id"] == 2


def as_it_came(site: Site, path: bytes) -> TestResponse:
    """What a path is answered with whose bytes are as they came; Flask's own client would make UTF-8 of them."""
    return site.client().get("/", environ_overrides={"PATH_INFO": path.decode("latin-1")})


@pytest.mark.parametrize("sent", ["b\xfcro".encode("latin-1"), "b\xfcro".encode()])
@pytest.mark.parametrize("path", [b"/api/lastbackup/", b"/api/lastbackups/"])
def test_a_name_is_found_whatever_encoding_its_address_has(site: Site, path: bytes, sent: bytes) -> None:
    site.record(simple(server="büro", start=START))
    assert as_it_came(site, path + sent).get_json()["data"]["server"]["name"] == "büro"
    (detail,) = as_it_came(site, path + b"n" + sent).get_json()["details"]
    assert detail == unknown("nbüro")


@pytest.mark.parametrize("path", PATHS)
def test_a_name_is_found_below_a_path_of_a_proxy(make_site: Callable[..., Site], path: str) -> None:
    site = make_site(server={"base_path": "/backups"})
    site.record(simple(server="büro\n/..", start=START))
    for sent in ("büro\n/..".encode("latin-1"), "büro\n/..".encode()):
        answer = as_it_came(site, f"/backups{path}/".encode() + sent)
        assert answer.get_json()["data"]["server"]["id"] == 1
