"""/settings/accounts: the tree as far as one sees it; made, moved, suspended, exported, deleted."""

import gzip
import json
import re

import pytest

from duplistat.core.times import to_ms
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.worker_context import WorkerContext
from duplistat.store import accounts, audit, keys
from duplistat.store.accounts import Account
from duplistat.store.audit import Filter
from tests.support.known import the_account
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link, said

EVIL = "<script>alert(1)</script>\u202e\x1b[31m"


def named(site: Site, name: str) -> Account:
    found = the_account(site.db, name)
    assert found is not None
    return found


def address(site: Site, name: str, act: str = "") -> str:
    return f"/settings/accounts/{named(site, name).id}{act}"


def actions(site: Site) -> list[tuple[str, str, str]]:
    sees = tuple(account.id for account in accounts.all_accounts(site.db))
    entries = audit.page(site.db, sees, Filter(), before=None, limit=20)
    return [(entry.who, entry.action, entry.subject) for entry in reversed(entries)]


def work_off(site: Site) -> None:
    config = site.app.extensions["duplistat"].config
    worker = BackgroundTaskWorker(WorkerContext(config, site.db, site.writes, lambda: to_ms(site.now)))
    while worker.poll():
        worker.join(30)


def test_accounts_are_a_tree(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    site.send("/settings/accounts", name="acme", parent=str(named(site, "main").id), timezone="Europe/Oslo")
    assert "Account acme created." in site.text(address(site, "acme"))
    site.send("/settings/accounts", name="nord", parent=str(named(site, "acme").id))
    page = site.text("/settings/accounts")
    assert "main active server default 1 " in page
    assert "acme active Europe/Oslo 0 " in page
    acme, nord = named(site, "acme"), named(site, "nord")
    assert (acme.path, nord.path) == (f"/1/{acme.id}/", f"/1/{acme.id}/{nord.id}/")
    html = site.html(address(site, "nord"))
    assert link(html, "acme") == address(site, "acme")
    assert link(site.html(address(site, "acme")), "nord") == address(site, "nord")
    assert [(action, subject) for _, action, subject in actions(site)] == [
        ("account.create", "acme"),
        ("account.create", "nord"),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": " "}, "Enter a name."),
        ({"name": "main"}, "There is an account named 'main' already."),
        (
            {"name": "x", "timezone": "Mars/Olympus"},
            "Enter a time zone such as Europe/Berlin, or leave blank.",
        ),
        (
            {"name": "x", "timezone": "../../etc/passwd"},
            "Enter a time zone such as Europe/Berlin, or leave blank.",
        ),
    ],
)
def test_a_form_that_is_wrong_says_so(site: Site, fields: dict[str, str], message: str) -> None:
    answer = site.send("/settings/accounts", 400, **fields)
    assert message in said(answer.text)
    assert f'value="{fields.get("timezone", "")}"' in answer.text
    assert len(accounts.all_accounts(site.db)) == 1


def test_an_account_gets_another_name_and_zone(site: Site) -> None:
    below_main(site, "acme")
    site.send(address(site, "acme"), name="Acme GmbH", timezone="Europe/Berlin")
    found = named(site, "Acme GmbH")
    assert (found.timezone, actions(site)[-1][1:]) == ("Europe/Berlin", ("account.set", "Acme GmbH"))
    assert "There is an account named 'main' already." in said(
        site.send(address(site, "Acme GmbH"), 400, name="main", timezone="").text
    )
    assert named(site, "Acme GmbH").timezone == "Europe/Berlin"


def test_main_keeps_its_name_and_gets_a_zone(site: Site) -> None:
    html = site.html(address(site, "main"))
    assert 'id="f-name"' not in html
    assert "Delete account" not in html
    site.send(address(site, "main"), name="first", timezone="Europe/Berlin")
    assert named(site, "main").timezone == "Europe/Berlin"
    for act in ("/move", "/suspend", "/reactivate", "/delete"):
        site.send(address(site, "main", act), 403, parent="1", confirm="main")


def test_an_account_moves(site: Site) -> None:
    for name in ("acme", "globex"):
        below_main(site, name)
    site.send(address(site, "globex", "/move"), parent=str(named(site, "acme").id))
    assert "globex moved to acme." in site.text(address(site, "globex"))
    answer = site.send(address(site, "acme", "/move"), 400, parent=str(named(site, "globex").id))
    assert "'globex' is 'acme' itself, or below it." in said(answer.text)
    # What else stands on the page is as it was.
    assert 'name="name" type="text" value="acme"' in answer.text
    site.send(address(site, "acme", "/move"), 404, parent="99")


def test_an_account_is_suspended_and_reactivated(site: Site) -> None:
    below_main(site, "acme")
    site.send(address(site, "acme", "/suspend"))
    assert "acme is suspended." in site.text(address(site, "acme"))
    assert "suspended just now" in site.text("/settings/accounts")
    site.send(address(site, "acme", "/reactivate"))
    assert named(site, "acme").suspended_at is None


def test_an_export_is_handed_out_and_that_is_noted(site_on_both: Site) -> None:
    site = site_on_both
    below_main(site, "acme")
    site.send("/settings/keys", 200, name="nas", scope="ingest", account=str(named(site, "acme").id))
    answer = site.send(address(site, "acme", "/export"), 200)
    name = f"account-{named(site, 'acme').id}-2026-11-20.jsonl.gz"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    head, *rows = [json.loads(line) for line in gzip.decompress(answer.data).splitlines()]
    assert head["accounts"] == ["acme"]
    assert {row["table"] for row in rows} == {"account", "key", "audit"}
    assert [row["hash"] for row in rows if row["table"] == "key"] == [None]
    assert actions(site)[-1] == ("admin-1@example.org", "account.export", "acme")


def test_an_account_is_deleted_once_it_is_suspended_and_named(site_on_both: Site) -> None:
    site = site_on_both
    below_main(site, "acme")
    assert "Suspend the account before deleting it" in site.text(address(site, "acme"))
    assert "suspend 'acme' first" in site.send(
        address(site, "acme", "/delete"), 400, confirm="acme"
    ).text.lower().replace("&#39;", "'")
    site.send(address(site, "acme", "/suspend"))
    answer = site.send(address(site, "acme", "/delete"), 400, confirm="Acme")
    assert "The name does not match." in said(answer.text)
    assert "Deletes 1 account with 0 servers and 0 jobs, and all runs" in said(answer.text)
    site.send(address(site, "acme", "/delete"), confirm="acme")
    page = site.html("/settings/accounts")
    assert "Deleting acme : 0 records deleted so far." in said(page)
    # A page with a form to fill in does not go away by itself.
    assert 'http-equiv="refresh"' not in page
    assert '<a href="/settings/accounts">Reload this page</a>' in page
    busy = site.html(address(site, "acme"))
    assert "Delete account" not in busy
    assert "Deleting acme : 0 records deleted so far." in said(busy)
    assert f'http-equiv="refresh" content="5; url={address(site, "acme")}"' in busy
    again = said(site.send(address(site, "acme", "/delete"), 400, confirm="acme").text)
    assert "'acme' is being deleted." in again.replace("&#39;", "'")
    work_off(site)
    page = site.html("/settings/accounts")
    assert "acme deleted, with" in said(page)
    assert "Reload this page" not in page
    assert the_account(site.db, "acme") is None
    assert actions(site)[-1] == ("admin-1@example.org", "account.delete", "acme")


def test_a_deletion_that_cannot_be_says_why(site: Site) -> None:
    acme = below_main(site, "acme")
    site.send(address(site, "acme", "/suspend"))
    site.send(address(site, "acme", "/delete"), confirm="acme")
    late = site.send("/settings/accounts", 400, name="late", parent=str(acme))
    assert "'acme' is being deleted." in said(late.text).replace("&#39;", "'")
    # By somebody who began before that.
    with site.db.transaction():
        accounts.create(site.db, "late", accounts.by_id(site.db, acme), to_ms(site.now))
    work_off(site)
    page = site.text("/settings/accounts")
    assert "acme could not be deleted: 'acme' has got sub-accounts meanwhile" in page


def test_what_is_beside_is_not_there(site_on_both: Site) -> None:
    site = site_on_both
    acme = below_main(site, "acme")
    below_main(site, "globex")
    site.send("/settings/accounts", name="nord", parent=str(acme))
    with as_role(site, "admin", acme):
        page = site.text("/settings/accounts")
        assert "acme active" in page
        assert "nord active" in page
        assert "globex" not in page
        assert "main" not in page
        for name in ("globex", "main"):
            site.html(address(site, name), 404)
            for act in ("", "/move", "/suspend", "/reactivate", "/export", "/delete"):
                site.send(address(site, name, act), 404, confirm=name, name="x", parent=str(acme))
            site.send("/settings/accounts", 404, name="x", parent=str(named(site, name).id))
            site.send(address(site, "nord", "/move"), 404, parent=str(named(site, name).id))
        # One's own: what is above it is for others to say.
        for act in ("/move", "/suspend", "/reactivate", "/delete"):
            site.send(address(site, "acme", act), 403, confirm="acme", parent=str(acme))
        site.send(address(site, "acme"), name="mine", timezone="Europe/Oslo")
        site.send(address(site, "nord", "/suspend"))
        answer = site.send(address(site, "acme", "/export"), 200)
        assert b'"globex"' not in gzip.decompress(answer.data)
    assert named(site, "acme").timezone == "Europe/Oslo"


def test_hostile_names_are_only_text(site: Site) -> None:
    site.send("/settings/accounts", name=EVIL)
    found = named(site, EVIL)
    for path in ("/settings/accounts", f"/settings/accounts/{found.id}", "/settings/keys"):
        # In the field where it is changed, it stands as it is.
        html = re.sub(r'value="[^"]*"', "", site.html(path))
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
    site.send(f"/settings/accounts/{found.id}/suspend")
    site.send(f"/settings/accounts/{found.id}/delete", confirm="<script>alert(1)</script>⟪U+202E⟫␛[31m"[:40])
    assert "<script>alert" not in site.html("/settings/accounts")


def test_many_accounts_are_looked_for_by_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.web.settings.accounts.MOST", 2)
    for name in ("acme", "globex", "initech"):
        below_main(site, name)
    assert "2 more accounts not shown" in site.text("/settings/accounts")
    assert "initech active" in site.text("/settings/accounts?q=INI")
    assert "No matching accounts." in site.text("/settings/accounts?q=nobody")
    assert keys.of_account(site.db) == []


def test_a_page_of_accounts_costs_the_same_however_many_there_are(site: Site, counted: object) -> None:
    count = counted
    assert callable(count)
    before = count("/settings/accounts")
    for number in range(20):
        below_main(site, f"a{number}")
    assert count("/settings/accounts") == before


def test_what_a_tenant_makes_has_its_name_before_and_meets_no_others(site: Site) -> None:
    acme = below_main(site, "acme")
    below_main(site, "globex")
    with as_role(site, "admin", acme):
        assert "Prefixed with the name of your account: “acme / …”." in site.text("/settings/accounts")
        for name in ("globex", "main", "free"):
            answer = site.send("/settings/accounts", name=name, parent=str(acme))
            assert f"Account acme / {name} created." in site.text(answer.headers["Location"])
        again = site.send("/settings/accounts", 400, name="globex", parent=str(acme))
        assert "There is an account named 'acme / globex' already." in said(again.text)
        child = address(site, "acme / free")
        for name in ("globex2", "acme / globex3", "main2"):
            site.send(child, name=name, timezone="")
            assert "Account saved." in site.text(child)
        assert named(site, "acme / main2").id == int(child.rpartition("/")[2])
        site.send(child, name="acme / main2", timezone="Europe/Oslo")
        assert named(site, "acme / main2").timezone == "Europe/Oslo"


def test_a_name_that_an_account_above_gave_is_not_told_either(site: Site) -> None:
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    site.send("/settings/accounts", name="acme / shop", parent=str(globex))
    with as_role(site, "admin", acme):
        answer = site.send("/settings/accounts", name="shop", parent=str(acme))
        assert "Account acme / shop created." in site.text(answer.headers["Location"])
        assert "#" not in site.text("/settings/accounts")
    # Whoever sees both tells them apart.
    page = site.text("/settings/accounts")
    shops = [account for account in accounts.all_accounts(site.db) if account.name == "acme / shop"]
    assert [f"acme / shop #{shop.id}" in page for shop in shops] == [True, True]
