"""/settings/ping-keys and /settings/badges: made, shown, replaced, revoked, and only within one's own tree."""

import re
from html import unescape

from duplistat.store import badges, ping_keys
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site

KEY = re.compile(r'<code aria-label="Ping key">([^<]+)</code>')


def only_key(site: Site) -> ping_keys.PingKey:
    ((number,),) = site.db.rows("SELECT id FROM ping_key")
    found = ping_keys.by_id(site.db, tuple(row[0] for row in site.db.rows("SELECT id FROM account")), number)
    assert found is not None
    return found


def shown(site: Site, number: int) -> str:
    (key,) = KEY.findall(site.html(f"/settings/ping-keys/{number}"))
    return unescape(str(key))


def ping(site: Site, key: str) -> int:
    return site.app.test_client().get(f"/ping/{key}/web-01?create=1").status_code


def test_a_ping_key_is_made_shown_replaced_and_revoked(site_on_both: Site) -> None:
    site = site_on_both
    site.send("/settings/ping-keys", name="site")
    key = only_key(site)
    first = shown(site, key.id)
    assert ping(site, first) == 200
    assert first not in site.html("/settings/ping-keys")
    answer = site.send(f"/settings/ping-keys/{key.id}/rotate", 400)
    assert "Confirm that the old key is rejected." in answer.text
    site.send(f"/settings/ping-keys/{key.id}/rotate", sure="1")
    second = shown(site, key.id)
    assert (ping(site, first), ping(site, second)) == (404, 200)
    assert "today" in site.text("/settings/ping-keys")
    site.send(f"/settings/ping-keys/{key.id}/revoke", 400, confirm="another name")
    site.send(f"/settings/ping-keys/{key.id}/revoke", confirm="site")
    assert ping(site, second) == 404


def test_wrong_forms_are_shown_again(site: Site) -> None:
    assert "Enter a name." in site.send("/settings/ping-keys", 400, name=" ").text
    site.send("/settings/ping-keys", name="site")
    assert "already" in site.send("/settings/ping-keys", 400, name="site").text


def test_the_page_of_a_key_is_kept_by_nobody(site: Site) -> None:
    site.send("/settings/ping-keys", name="site")
    answer = site.client.get(f"/settings/ping-keys/{only_key(site).id}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_keys_and_badges_of_strangers_are_not_there(site: Site) -> None:
    with site.db.transaction():
        ((number,),) = site.db.rows(
            "INSERT INTO account (name, path, created_at, timezone) VALUES ('stranger', '/99/', 1, '') RETURNING id"
        )
        key = ping_keys.add(site.db, number, "theirs", "x", "y", 1)
        made = badges.add(
            site.db, number, badges.ACCOUNT, job=None, server=None, tag="", code="x", hash="y", now=1
        )
    assert "theirs" not in site.html("/settings/ping-keys")
    assert "stranger" not in site.html("/settings/badges")
    site.html(f"/settings/ping-keys/{key}", 404)
    site.send(f"/settings/ping-keys/{key}/rotate", 404)
    site.send(f"/settings/badges/{made}/revoke", 404)
    site.html(f"/settings/badges?revoke={made}", 404)


def test_a_badge_of_a_tag_is_made_below_ones_own_account_and_revoked(site: Site) -> None:
    acme = below_main(site, "acme")
    site.send("/settings/badges", tag="prod", account=f"{acme}")
    (address,) = re.findall(r"<code>(http://localhost/b/2/[^<]+)</code>", site.html("/settings/badges"))
    path = address.removeprefix("http://localhost")
    assert site.app.test_client().get(path).status_code == 200
    ((number,),) = site.db.rows("SELECT id FROM badge")
    assert "Type prod to confirm" in site.text(f"/settings/badges?revoke={number}")
    site.send(f"/settings/badges/{number}/revoke", 400, confirm="production")
    site.send(f"/settings/badges/{number}/revoke", confirm="prod")
    assert site.app.test_client().get(path).status_code == 404


def test_only_admins_see_keys_and_badges(site: Site) -> None:
    with as_role(site, "operator", 1):
        for path in ("/settings/ping-keys", "/settings/badges"):
            site.html(path, 403)
