"""What people change about a server on its pages: its words, the archive, an export, and its end."""

import gzip
import json
from datetime import timedelta

import pytest

from duplistat.services.people.identity import Role
from duplistat.services.servers.deletion import delete_server_rows
from duplistat.store import server_rows, servers
from duplistat.store.database import Database
from tests.support.signing import session, sign_in
from tests.web.site import Site, headline, link, said
from tests.web.test_server_agent import add


def post(site: Site, role: Role, address: str, **fields: str) -> int:
    """The status of a form that somebody with this role sends."""
    client = site.app.test_client()
    token = sign_in(client, session(site.db, 1, to_ms(site), role))
    return client.post(address, data={"csrf": token} | fields).status_code


def get(site: Site, role: Role, address: str) -> tuple[int, str]:
    client = site.app.test_client()
    sign_in(client, session(site.db, 1, to_ms(site), role))
    response = client.get(address)
    return response.status_code, response.text


def to_ms(site: Site) -> int:
    return round(site.now.timestamp() * 1000)


def audit(site: Site) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in site.db.rows("SELECT action, subject FROM audit ORDER BY id")]


def test_words_about_a_server_are_saved_and_shown(site: Site) -> None:
    site.report()
    assert link(site.html("/servers/1"), "Edit") == "/servers/1/edit"
    answer = site.send(
        "/servers/1/save", alias=" the  cellar", group_name="home", notes="below\r\nthe stairs"
    )
    assert answer.location == "/servers/1"
    html = site.html("/servers/1")
    assert "Server saved." in html
    assert headline(html) == "the cellar"
    text = said(html)
    assert "below the stairs" in text
    assert "Name nas-keller Display name the cellar Group home" in text
    form = site.html("/servers/1/edit")
    assert 'value="the cellar"' in form
    assert 'value="home"' in form
    assert "below\nthe stairs</textarea>" in form
    assert audit(site) == [("server.set", "nas-keller")]


def test_a_link_leads_to_its_web_interface_as_it_was_set_or_as_its_connection_says(site: Site) -> None:
    site.report()
    page = "https://nas.example:8200/ngclient/"
    assert "Web interface" not in site.html("/servers/1")
    site.send("/servers/1/save", web_url=page)
    shown = f'<a href="{page}" target="_blank" rel="noopener noreferrer" dir="ltr">{page}</a>'
    assert shown in site.html("/servers/1")
    assert f'value="{page}"' in site.html("/servers/1/edit")
    for wrong in ("javascript:alert(1)", "https://ada:secret@nas.example"):
        answer = site.send("/servers/1/save", 400, web_url=wrong)
        assert "without a user name or password." in said(answer.text)
    assert shown in site.html("/servers/1")
    id = add(site, answered_at=1, facts='{"scheme": "https"}')
    assert id
    assert shown in site.html("/servers/1")
    site.send("/servers/1/save", web_url="")
    assert shown.replace(page, "https://192.168.1.20:8200/") in site.html("/servers/1")


def test_the_end_of_a_line_is_one_character_of_notes_as_browsers_count(site: Site) -> None:
    site.report()
    site.send("/servers/1/save", alias="", group_name="", notes="ab\r\n" * 3333)
    site.send("/servers/1/save", 400, alias="", group_name="", notes="ab\r\n" * 3334)


def test_what_is_too_long_is_shown_again_with_what_is_wrong(site: Site) -> None:
    site.report()
    answer = site.send("/servers/1/save", 400, alias="a" * 201, group_name="g", notes="n" * 10_001)
    text = said(answer.text)
    assert "At most 200 characters." in text
    assert "At most 10000 characters." in text
    assert 'value="g"' in answer.text
    assert servers.by_ids(site.db, [1])[1].alias is None


def test_hostile_words_are_shown_and_do_nothing(site: Site) -> None:
    site.report()
    evil = '<script>alert(1)</script>\u202e"x'
    site.send("/servers/1/save", alias=evil, group_name=evil, notes=evil)
    for address in ("/servers/1", "/servers/1/edit"):
        html = site.html(address)
        assert "<script>alert" not in html
        assert "\u202e" not in html.replace(f'value="{escaped(evil)}"', "").replace(escaped(evil), "")


def escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")


def test_a_server_goes_into_the_archive_and_comes_back(site: Site) -> None:
    site.nightly(nights=20, until=5)
    site.sweep()
    assert "overdue" in site.text("/servers/1")
    site.send("/servers/1/archive")
    text = site.text("/servers/1")
    assert "Archived since today 14:00 : hidden, no runs expected." in text
    assert "overdue" not in text
    site.send("/servers/1/bring-back")
    assert "overdue" in site.text("/servers/1")
    assert audit(site) == [("server.set", "web-01"), ("server.set", "web-01")]


def test_an_archived_server_that_reports_is_back(site: Site) -> None:
    site.nightly(nights=5)
    site.send("/servers/1/archive")
    site.now += timedelta(days=1)
    site.report("web-01", "nightly", ago=timedelta(hours=1))
    assert "Archived since" not in site.text("/servers/1")
    assert audit(site)[-1] == ("server.bring_back", "web-01")


def test_all_that_a_server_has_is_exported(site: Site) -> None:
    site.report()
    site.fail()
    site.report("elsewhere", "other")
    answer = site.send("/servers/1/export", 200)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="server-1-2026-11-20.jsonl.gz"'
    assert answer.headers["Cache-Control"] == "no-store"
    head, *rows = [json.loads(line) for line in gzip.decompress(answer.data).decode().splitlines()]
    assert head["server"] == "nas-keller"
    assert [row["table"] for row in rows].count("run") == 2
    assert "elsewhere" not in gzip.decompress(answer.data).decode()
    assert audit(site) == [("server.export", "nas-keller")]


def test_a_server_is_deleted_by_whoever_types_its_name(site: Site) -> None:
    site.report()
    site.fail()
    site.notify("nas-keller")
    way = link(site.html("/servers/1/edit"), "Delete this server")
    assert way == "/servers/1/edit?delete=1#danger"
    edit = site.text("/servers/1/edit?delete=1")
    assert "2 jobs, 2 runs and 0 events will be deleted" in edit
    assert "The first run was today 08:00 ." in edit
    wrong = site.send("/servers/1/delete", 400, confirm="nas")
    assert "The name does not match." in wrong.text
    assert site.send("/servers/1/delete", confirm="nas-keller").location == "/"
    assert "nas-keller is being deleted." in site.html("/")
    assert "This server is being deleted." in site.text("/servers/1")
    again = site.send("/servers/1/delete", 400, confirm="nas-keller")
    assert "This is already running." in again.text
    while not site.writes.run(delete_server_rows, server=1, now=to_ms(site))["done"]:
        pass
    site.html("/servers/1", 404)
    assert site.report() > 0
    assert audit(site)[-1] == ("server.delete", "nas-keller")


def test_its_history_is_counted_for_whoever_is_about_to_delete_it(
    site_on_both: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_on_both.report()
    counted: list[int] = []
    count = server_rows.counted

    def counting(db: Database, server: int) -> server_rows.Counted:
        counted.append(server)
        return count(db, server)

    monkeypatch.setattr(server_rows, "counted", counting)
    assert "will be deleted" not in site_on_both.text("/servers/1/edit")
    site_on_both.send("/servers/1/save", 400, alias="x" * 201)
    assert get(site_on_both, Role.OPERATOR, "/servers/1/edit?delete=1")[0] == 200
    assert counted == []
    assert "1 job, 1 run and 0 events will be deleted" in site_on_both.text("/servers/1/edit?delete=1")
    assert counted == [1]


@pytest.mark.parametrize(
    ("address", "least"),
    [
        ("save", Role.OPERATOR),
        ("archive", Role.ADMIN),
        ("bring-back", Role.ADMIN),
        ("collect", Role.OPERATOR),
        ("start", Role.OPERATOR),
        ("export", Role.ADMIN),
        ("delete", Role.ADMIN),
        ("merge", Role.ADMIN),
        ("unmerge", Role.ADMIN),
        ("keep-apart", Role.ADMIN),
    ],
)
def test_who_may_not_is_refused(site: Site, address: str, least: Role) -> None:
    site.report()
    fields = {"confirm": "x", "other": "1", "merge": "9"}
    for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN):
        refused = post(site, role, f"/servers/1/{address}", **fields) == 403
        assert refused == (not role.includes(least)), role
    answer = site.app.test_client().post(f"/servers/1/{address}")
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in")


def test_each_sees_what_they_may_do(site: Site) -> None:
    site.report()
    site.report("other")
    assert "/servers/1/edit" not in get(site, Role.VIEWER, "/servers/1")[1]
    assert get(site, Role.VIEWER, "/servers/1/edit")[0] == 403
    status, operators = get(site, Role.OPERATOR, "/servers/1/edit")
    assert status == 200
    assert "Notes" in operators
    for words in (
        "Archive server",
        "Delete this server",
        "Download the export",
        "Choose server…",
    ):
        assert words not in operators
        assert words in get(site, Role.ADMIN, "/servers/1/edit")[1]


def test_a_strangers_server_is_not_there(site: Site) -> None:
    site.report()
    with site.db.transaction():
        site.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'x', '/7/', 0)")
        site.db.execute("UPDATE server SET account_id = 7")
    site.html("/servers/1/edit", 404)
    site.html("/servers/1/merge?other=1", 404)
    for address in (
        "save",
        "archive",
        "export",
        "delete",
        "merge",
        "unmerge",
        "keep-apart",
        "collect",
        "start",
    ):
        site.send(f"/servers/1/{address}", 404, confirm="nas-keller", other="1", merge="1")


def test_all_servers_are_listed_those_in_the_archive_apart(site: Site) -> None:
    assert "No active servers" in site.html("/servers")
    site.report("web-01")
    site.report("old-laptop")
    site.send("/servers/2/save", group_name="home", alias="", notes="")
    site.send("/servers/2/archive")
    text = site.text("/servers")
    assert "OK web-01 1 48.3 GB 21.0 GB ±0% never never 1.0 6 h ago Total 1 48.3 GB" in text
    assert "paused old-laptop home 6 h ago today 14:00" in text
    assert link(site.html("/servers/1"), "Servers") == "/servers"
    site.fail("web-01", "dump")
    assert "failed web-01" in site.text("/servers")


def test_a_list_that_is_cut_says_where_the_rest_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.web.server.list.MOST", 1)
    for name in ("a", "b", "c", "d"):
        site.report(name)
    for number in (1, 2):
        site.send(f"/servers/{number}/archive")
    used, archived = site.text("/servers").split("Archived servers", 1)
    assert "1 more: see the overview." in used
    # Which the overview never shows.
    assert "1 more is not shown." in archived
