"""Two servers are merged on their pages, and are two again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from duplistat.services.servers import merge as merging
from duplistat.web.server import merge as server_merge
from tests.web.site import Site, link, said

Duplicati = Callable[..., dict[str, Any]]


@pytest.fixture
def twins(site_on_both: Site, duplicati: Duplicati) -> Site:
    """A machine under an old id until two days ago, and a new one since; one night was told under both."""
    for machine, nights in (("old", range(9, 1, -1)), ("new", range(2, -1, -1))):
        for night in nights:
            send(site_on_both, duplicati, machine, night)
    return site_on_both


def send(site: Site, duplicati: Duplicati, machine: str, night: int, job: str = "photos") -> dict[str, Any]:
    """Report the run of so many nights ago, when it ended; what was answered."""
    began = site.now - timedelta(days=night, hours=10)
    kept, site.now = site.now, began + timedelta(minutes=5)
    times = {
        "BeginTime": f"{began:%Y-%m-%dT%H:%M:%S}.0000000Z",
        "EndTime": f"{site.now:%Y-%m-%dT%H:%M:%S}.0000000Z",
    }
    body = duplicati(**times)
    body["Extra"] |= {"machine-id": machine, "machine-name": "nas-keller", "backup-name": job}
    answer = site.client.post("/api/upload", json=body)
    site.now = kept
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    told_of: dict[str, Any] = {"duplicate": False} | told | told["data"]
    return told_of


def test_the_page_of_either_proposes_it(twins: Site) -> None:
    for number in (1, 2):
        html = twins.html(f"/servers/{number}")
        assert "This may be the same server as nas-keller" in said(html)
        # The one that was there first stays, unless an admin turns it round.
        assert link(html, "Preview merge") == "/servers/1/merge?other=2"


def test_any_other_server_of_the_account_can_be_chosen(twins: Site) -> None:
    twins.report("elsewhere", "other")
    assert link(twins.html("/servers/3/edit"), "Choose server…") == "/servers/3/merge"
    choose = twins.html("/servers/3/merge")
    choice = choose.partition('name="other"')[2].partition("</select>")[0]
    assert said(choice).count("nas-keller") == 2
    assert "elsewhere" not in choice


def test_the_preview_says_exactly_what_moves(twins: Site, duplicati: Duplicati) -> None:
    send(twins, duplicati, "new", 1, job="music")
    twins.db.execute("UPDATE server SET alias = 'the cellar', notes = 'a' WHERE id = 2")
    twins.db.execute("UPDATE server SET notes = 'b' WHERE id = 1")
    twins.db.execute(
        "UPDATE job SET grace_ms = 60000, tags = '[\"x\"]' WHERE server_id = 2 AND name = 'photos'"
    )
    twins.db.execute("UPDATE job SET tags = '[\"y\"]' WHERE server_id = 1")
    text = twins.text("/servers/1/merge?other=2")
    assert (
        "4 runs move. 1 of them exists on both servers and is kept once. It can be undone for 30 days."
        in text
    )
    assert (
        "photos Merged with the job of the same name: one history. Kept from here: tags."
        " Taken over from the other one: grace period. 3 1 on both" in text
    )
    assert "music Moved unchanged. 1" in text
    assert "Kept from this server: notes." in text
    assert "Taken over from the other server: display name." in text
    assert link(twins.html("/servers/1/merge?other=2"), "Swap") == "/servers/2/merge?other=1"


def test_a_merge_is_done_and_undone(twins: Site, duplicati: Duplicati) -> None:
    before = twins.client.get("/api/summary").get_json()
    answer = twins.send("/servers/1/merge", other="2")
    assert answer.location == "/servers/1"
    html = twins.html("/servers/1")
    assert "nas-keller was merged into this server." in html
    assert "Also known as new" in said(html)
    assert "may be the same server" not in html
    # Whoever has the old address gets there.
    assert twins.client.get("/servers/2").location == "/servers/1"
    assert send(twins, duplicati, "new", 0)["duplicate"]
    assert twins.client.get("/api/summary").get_json()["totalServers"] == 1

    edit = said(twins.html("/servers/1/edit"))
    assert "It can be undone until 20 Dec" in edit
    answer = twins.send("/servers/1/unmerge", merge="1")
    assert answer.location == "/servers/2"
    assert "Merge undone." in twins.html("/servers/2")
    assert twins.client.get("/api/summary").get_json() == before
    assert send(twins, duplicati, "new", 0)["serverId"] == 2


def test_what_takes_long_goes_on_in_the_background(twins: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_merge, "PATIENCE", -1.0)
    twins.send("/servers/1/merge", other="2")
    assert "Merging nas-keller into this server in the background." in twins.text("/servers/1")
    assert "Merging this server into another one in the background." in twins.text("/servers/2")
    assert "One of these servers is being merged already" in twins.text("/servers/1/merge?other=2")
    twins.send("/servers/1/merge", 400, other="2")
    assert twins.db.rows("SELECT kind FROM chore WHERE ended_at IS NULL") == [("merge_servers",)]
    assert merging.carry_on(twins.writes, 1, 0)
    assert "in the background" not in twins.text("/servers/1")
    twins.send("/servers/1/unmerge", merge="1")
    assert "The merge with nas-keller is being undone in the background." in twins.text("/servers/1")
    assert merging.carry_on(twins.writes, 1, 0)
    assert "being undone" not in twins.text("/servers/1")


def test_what_cannot_be_is_said(twins: Site) -> None:
    assert "A server cannot be merged with itself." in twins.text("/servers/1/merge?other=1")
    for other in ("x", "9" * 30, "99", "-1"):
        twins.html(f"/servers/1/merge?other={other}", 404)
        twins.send("/servers/1/merge", 404, other=other)
        twins.send("/servers/1/unmerge", 404, merge=other)


def test_where_there_is_no_other_one_there_is_no_choice(site: Site) -> None:
    site.report()
    assert "There is no other server in this account." in site.text("/servers/1/merge")
    site.send("/servers/1/merge", 404)


def test_a_merge_that_is_too_old_is_not_offered(twins: Site) -> None:
    twins.send("/servers/1/merge", other="2")
    twins.now += timedelta(days=31)
    edit = twins.text("/servers/1/edit")
    assert "Cannot be undone now: it is more than 30 days old." in edit
    assert "Undo merge" not in edit
    twins.send("/servers/1/unmerge", 400, merge="1")


def test_hostile_names_are_shown_and_do_nothing(twins: Site) -> None:
    evil = "<script>alert(1)</script>\u202e"
    twins.db.execute("UPDATE server SET name = ?, alias = NULL", (evil,))
    twins.db.execute("UPDATE job SET name = ?", (evil,))
    for address in ("/servers/1/merge?other=2", "/servers/1/edit", "/servers/1"):
        html = twins.html(address)
        assert "<script>alert" not in html
        assert "\u202e" not in html
    twins.send("/servers/1/merge", other="2")
    assert "<script>alert" not in twins.html("/servers/1/edit")
