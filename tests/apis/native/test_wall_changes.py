"""Links to the wall display by programs."""

import pytest

from duplistat.services.access.wall_links import MOST
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_link_is_created_and_revoked_and_its_address_is_told_once(program: Program, site: Site) -> None:
    made = program.post("wall-links", {"name": " office "}, again="k")
    path = made.pop("url").removeprefix("http://localhost")
    assert path.startswith("/wall/")
    assert (made["name"], made["account"], made["used_at"]) == ("office", "main", None)
    assert site.get(path).status_code == 200
    repeated = program.send("POST", "wall-links", {"name": " office "}, again="k")
    assert (repeated.status_code, repeated.headers["Cache-Control"]) == (201, "no-store")
    assert repeated.get_json() == made | {"url": None, "used_at": repeated.get_json()["used_at"]}
    assert [link["id"] for link in program.read("wall-links")["wall_links"]] == [made["id"]]
    assert program.send("DELETE", f"wall-links/{made['id']}").status_code == 204
    assert program.send("DELETE", f"wall-links/{made['id']}").status_code == 404
    assert site.get(path).status_code == 404
    assert program.read("wall-links")["wall_links"] == []
    assert [entry[:2] for entry in noted(site)] == [
        ("key deploy", "wall.revoke"),
        ("key deploy", "wall.create"),
    ]


def test_a_link_needs_a_name_and_there_are_so_many_and_no_more(program: Program) -> None:
    assert program.refused("wall-links", {"name": " ", "more": 1}).keys() == {"name", "more"}
    for number in range(MOST):
        program.post("wall-links", {"name": str(number)})
    assert program.send("POST", "wall-links", {"name": "one more"}).status_code == 400
