"""Saved views of the overview by programs: those that accounts share."""

import pytest

from duplistat.core.overview_view import view_state
from duplistat.services.people.saved_views import MOST, add_view
from tests.apis.native.program import Program, noted
from tests.support.people import People
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_view_is_created_changed_and_deleted(program: Program, site: Site) -> None:
    made = program.post(
        "views", {"name": " Bad  nights ", "state": "failed", "columns": ["errors", "last"]}, again="k"
    )
    assert (
        program.post(
            "views", {"name": " Bad  nights ", "state": "failed", "columns": ["errors", "last"]}, again="k"
        )
        == made
    )
    assert {
        name: made[name]
        for name in ("name", "account", "state", "search", "group", "sort", "layout", "columns")
    } == {
        "name": "Bad nights",
        "account": "main",
        "state": "failed",
        "search": "",
        "group": "server",
        "sort": "state",
        "layout": "table",
        "columns": ["last", "errors"],
    }
    assert program.read("views")["views"] == [made]
    tag = program.send("GET", "views/1").headers["ETag"]
    changed = program.send("PATCH", "views/1", {"search": "nas", "state": None}, If_Match=tag).get_json()
    assert (changed["search"], changed["state"], changed["columns"]) == ("nas", None, ["last", "errors"])
    assert program.send("PATCH", "views/1", {"search": "web"}, If_Match=tag).status_code == 412
    assert program.send("DELETE", "views/1").status_code == 204
    assert program.send("GET", "views/1").status_code == 404
    assert [entry[:2] for entry in noted(site)] == [
        ("key deploy", "view.delete"),
        ("key deploy", "view.set"),
        ("key deploy", "view.create"),
    ]


def test_what_makes_no_sense_is_refused(program: Program) -> None:
    wrong = {"name": "", "state": "odd", "columns": ["nope"], "search": "x" * 201, "more": 1}
    assert program.refused("views", wrong).keys() == {"name", "state", "columns.0", "search", "more"}
    assert program.refused("views", {"state": "ok"}).keys() == {"name"}
    program.post("views", {"name": "one"})
    assert program.refused("views", {"name": "one"}) == {"name": "there is a view one already"}


def test_an_account_shares_so_many_and_no_more(program: Program) -> None:
    for number in range(MOST):
        program.post("views", {"name": f"view {number}"})
    response = program.send("POST", "views", {"name": "one more"})
    assert (response.status_code, str(MOST) in response.text) == (400, True)


def test_what_people_save_for_themselves_is_not_there(program: Program, site: Site) -> None:
    main = site.everyone[0]
    user = People(site).user("ada@example.org")
    view = site.writes.run(
        add_view, account=main, user=user, name="mine", state=view_state({}), **site.signature()
    )
    assert program.read("views")["views"] == []
    for method in ("GET", "PATCH", "DELETE"):
        assert program.send(method, f"views/{view}", None if method == "GET" else {}).status_code == 404
    assert "view.create" not in [action for _, action, _ in noted(site)]
