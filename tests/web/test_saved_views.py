"""Saved views on the overview: one's own, and those that are shared."""

import re
from typing import Any

import pytest

from duplistat.core import overview_view
from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.services.people.saved_views import MOST
from duplistat.web.overview.filters import ARCHIVED, NO_SCHEDULE
from duplistat.web.parts.job_columns import COLUMNS
from duplistat.web.parts.judged import STATES
from tests.support.signing import session, sign_in
from tests.web.site import Site, link, said
from tests.web.test_columns import heads

SHOWN: dict[str, Any] = {
    "state": "failed",
    "group": "none",
    "sort": "errors",
    "view": "table",
    "columns": "last,errors",
}
ADDRESS = "/?state=failed&group=none&sort=errors&view=table&columns=last,errors&saved=1"


class Browser:
    """Somebody else, with a role."""

    def __init__(self, site: Site, role: Role, email: str = "eva@example.org", account: int = 1) -> None:
        self.client = site.app.test_client()
        self.token = sign_in(self.client, session(site.db, account, to_ms(site.now), role, email=email))

    def post(self, address: str, **fields: str) -> int:
        return self.client.post(address, data={"csrf": self.token} | fields).status_code


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    site_on_both.report()
    site_on_both.fail("web-01")
    return site_on_both


def test_words_of_views_are_those_of_the_overview() -> None:
    assert tuple(column.name for column in COLUMNS) == overview_view.COLUMNS
    assert ("state", "name", *(column.name for column in COLUMNS if column.key)) == overview_view.SORTS
    assert set(overview_view.STATES) == {*STATES, NO_SCHEDULE, ARCHIVED}


def test_what_is_shown_is_saved_under_a_name_and_stands_as_a_tab(fleet: Site) -> None:
    assert 'aria-label="Saved views"' not in fleet.html("/")
    answer = fleet.send("/views", name=" Bad  nights ", **SHOWN)
    assert answer.headers["Location"] == ADDRESS
    html = fleet.html("/")
    assert link(html, "Bad nights") == f"{ADDRESS}#jobs"
    view = fleet.html(ADDRESS)
    assert heads(view) == ["Last run", "Errors"]
    assert re.search(r'aria-current="page"><bdi>Bad nights</bdi>', view)
    assert "(changed)" not in said(view)


def test_what_is_chosen_in_a_view_changes_the_address_and_not_what_is_remembered(fleet: Site) -> None:
    fleet.send("/views", name="Bad nights", **SHOWN)
    html = fleet.html(f"{ADDRESS}&sort=name".replace("sort=errors&", ""))
    assert "Bad nights (changed)" in said(html)
    bar = html.partition('<div class="bar">')[2].partition("</table>")[0]
    assert 'action="/preferences"' not in bar
    assert '<input type="hidden" name="saved" value="1">' in bar
    assert 'action="/views/1/update"' in html
    fleet.send("/views/1/update", **(SHOWN | {"sort": "name"}))
    assert "sort=name" in link(fleet.html("/"), "Bad nights")
    html = fleet.html(f"{ADDRESS}&sort=name&order=reverse".replace("sort=errors&", ""))
    assert "Bad nights (changed)" in said(html)
    assert '<input type="hidden" name="order" value="reverse">' in html
    fleet.send("/views/1/update", **(SHOWN | {"sort": "name", "order": "reverse"}))
    assert "sort=name&order=reverse" in link(fleet.html("/"), "Bad nights")


def test_a_view_is_renamed_shared_and_deleted(fleet: Site) -> None:
    fleet.send("/views", name="Bad nights", **SHOWN)
    fleet.send("/views/1/rename", name="Worse nights", shared="1")
    html = fleet.html(ADDRESS)
    assert "<h2>Worse nights</h2>" in html
    assert 'name="shared" value="1" checked' in html
    assert fleet.send("/views/1/delete").headers["Location"] == "/?saved=0"
    assert "Worse nights" not in fleet.html("/?saved=0").replace("View Worse nights deleted.", "")
    actions = [
        row[0] for row in fleet.db.rows("SELECT action FROM audit WHERE action LIKE 'view.%' ORDER BY id")
    ]
    assert actions == ["view.set", "view.delete"]


def test_the_overview_opens_with_a_view_where_the_address_says_nothing(fleet: Site) -> None:
    fleet.send("/views", name="Bad nights", **SHOWN)
    fleet.send("/views/1/home", on="1")
    answer = fleet.client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, ADDRESS)
    assert heads(fleet.html("/?saved=0"))[0] == "Last 30 days"
    assert link(fleet.html(ADDRESS), "all 2").startswith("/?")
    fleet.send("/views/1/home", on="0")
    assert fleet.client.get("/").status_code == 200
    fleet.send("/views/1/home", on="1")
    fleet.send("/views/1/delete")
    assert fleet.client.get("/").status_code == 200


def test_what_one_saves_for_oneself_nobody_else_sees(fleet: Site) -> None:
    fleet.send("/views", name="Mine", **SHOWN)
    eva = Browser(fleet, Role.ADMIN)
    assert "Mine" not in eva.client.get("/").text
    assert "Mine" not in eva.client.get(ADDRESS).text
    for path in ("update", "rename", "delete", "home"):
        assert eva.post(f"/views/1/{path}", name="x", on="1") == 404
    assert "Mine" in fleet.html("/")


def test_operators_share_and_change_shared_views_and_viewers_use_them(fleet: Site) -> None:
    eva, jo = Browser(fleet, Role.VIEWER), Browser(fleet, Role.OPERATOR, "jo@example.org")
    assert eva.post("/views", name="Ours", shared="1", **SHOWN) == 403
    assert jo.post("/views", name="Ours", shared="1", **SHOWN) == 303
    page = eva.client.get(ADDRESS).text
    assert "Ours" in page
    assert 'action="/views/1/rename"' not in page
    assert 'action="/views/1/home"' in page
    assert [eva.post(f"/views/1/{path}", name="x") for path in ("update", "rename", "delete")] == [403] * 3
    assert eva.post("/views/1/home", on="1") == 303
    assert eva.post("/views", name="Mine too", **SHOWN) == 303
    fleet.send("/views/1/rename", name="Of all", shared="1")
    assert "Of all" in jo.client.get("/").text


def test_a_view_of_another_account_is_not_there(fleet: Site) -> None:
    fleet.db.execute(
        "INSERT INTO account (id, parent_id, name, path, created_at) VALUES (7, 1, 'acme', '/1/7/', 0)"
    )
    fleet.send("/views", name="Ours", shared="1", **SHOWN)
    acme = Browser(fleet, Role.ADMIN, "kim@example.org", account=7)
    assert "Ours" not in acme.client.get(ADDRESS).text
    assert [acme.post(f"/views/1/{path}", name="x") for path in ("update", "rename", "delete", "home")] == [
        404
    ] * 4


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "x", "state": "odd"},
        {"name": "x", "columns": "days,odd"},
        {"name": "x", "q": "x" * 201},
    ],
)
def test_what_makes_no_sense_is_not_saved(fleet: Site, fields: dict[str, Any]) -> None:
    fleet.send("/views", 400, **fields)
    assert fleet.db.rows("SELECT id FROM saved_view") == []


def test_a_name_is_there_once_and_there_are_only_so_many(fleet: Site) -> None:
    fleet.send("/views", name="One", **SHOWN)
    assert "There is a view One already." in said(fleet.send("/views", 400, name="One", **SHOWN).text)
    fleet.send("/views", name="One", shared="1", **SHOWN)
    for number in range(MOST - 1):
        fleet.send("/views", name=f"View {number}", **SHOWN)
    assert (
        f"there are at most {MOST} saved views"
        in fleet.send("/views", 400, name="More", **SHOWN).text.lower()
    )


def test_a_view_goes_with_its_user(fleet: Site) -> None:
    eva = Browser(fleet, Role.VIEWER)
    eva.post("/views", name="Mine", **SHOWN)
    fleet.db.execute("DELETE FROM account_user WHERE email = 'eva@example.org'")
    assert fleet.db.rows("SELECT id FROM saved_view") == []


def test_whoever_is_not_signed_in_has_no_views(fleet: Site) -> None:
    fleet.send("/views", name="Ours", shared="1", **SHOWN)
    page = fleet.public().get("/").text
    assert "Ours" not in page
    assert 'action="/views"' not in page
