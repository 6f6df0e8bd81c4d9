"""What admins do about people: by their rules, and noted."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.accounts import tree
from duplistat.services.audit import By, Signature
from duplistat.services.people.administration import create_person, remove_person, set_person
from duplistat.services.people.identity import Role
from duplistat.services.people.users import UserChanges
from duplistat.store import audit, users
from duplistat.store.audit import Filter
from tests.support.known import id_of
from tests.support.signing import NO_PASSWORD, person
from tests.support.site import Site


def signed(site: Site, by: int = 999) -> Signature:
    return site.signature(By(by, "ada@example.org"))


def make(site: Site, *, account: int = 1, email: str = "eva@example.org", role: str = "viewer") -> int:
    return site.writes.run(
        create_person,
        account=account,
        email=email,
        name="Eva",
        password_hash=NO_PASSWORD,
        role=role,
        **signed(site),
    )


def demote(site: Site, user: int, by: int = 999) -> None:
    site.writes.run(set_person, user=user, changes={"role": "viewer"}, **signed(site, by))


def remove(site: Site, user: int, by: int = 999) -> None:
    site.writes.run(remove_person, user=user, **signed(site, by))


def noted(site: Site) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    entries = audit.page(site.db, site.everyone, Filter(who="ada@example.org"), before=None, limit=20)
    return [(e.action, e.subject, json.loads(e.before), json.loads(e.after)) for e in reversed(entries)]


def test_what_is_done_about_people_is_noted(site: Site) -> None:
    eva = make(site)
    changes: UserChanges = {"role": "operator", "email": "e@example.org", "name": "Eva"}
    site.writes.run(set_person, user=eva, changes=changes, **signed(site))
    remove(site, eva)
    assert noted(site) == [
        ("user.create", "eva@example.org", {}, {"name": "Eva", "role": "viewer"}),
        (
            "user.set",
            "eva@example.org",
            {"role": "viewer", "email": "eva@example.org"},
            {"role": "operator", "email": "e@example.org"},
        ),
        ("user.remove", "e@example.org", {"name": "Eva", "role": "operator"}, {}),
    ]
    assert users.all_users(site.db) == []


def test_an_email_is_taken_once_in_an_account(site: Site) -> None:
    make(site)
    with pytest.raises(DuplistatError, match="email is in use already"):
        make(site)
    other = make(site, email="other@example.org")
    with pytest.raises(DuplistatError, match="email is in use already"):
        site.writes.run(set_person, user=other, changes={"email": "eva@example.org"}, **signed(site))
    acme = tree.create(site.db, "acme", id_of(site.db, "main"), site.now())
    make(site, account=acme.id)
    elsewhere = make(site, account=acme.id, email="other@example.org", role="operator")
    assert [user.id for user in users.with_email(site.db, "other@example.org")] == [elsewhere, other]


def test_contacts_are_of_accounts_below_another(site: Site) -> None:
    with pytest.raises(DuplistatError, match="has no contacts"):
        make(site, role="contact")
    eva = make(site)
    with pytest.raises(DuplistatError, match="has no contacts"):
        site.writes.run(set_person, user=eva, changes={"role": "contact"}, **signed(site))
    below = tree.create(site.db, "acme", id_of(site.db, "main"), site.now())
    assert users.by_id(site.db, make(site, account=below.id, role="contact", email="c@example.org"))


def test_the_last_admin_of_main_stays_one(site: Site) -> None:
    eva = make(site, role="admin")
    for change in (remove, demote):
        with pytest.raises(DuplistatError, match="last admin of 'main'"):
            change(site, eva)
    make(site, role="admin", email="ada@example.org")
    demote(site, eva)


def test_the_last_admin_of_another_account_may_go(site: Site) -> None:
    acme = tree.create(site.db, "acme", id_of(site.db, "main"), site.now())
    remove(site, make(site, account=acme.id, role="admin"))


def test_nobody_takes_the_own_rights_away(site: Site) -> None:
    eva = make(site, role="admin")
    make(site, role="admin", email="ada@example.org")
    for change in (remove, demote):
        with pytest.raises(DuplistatError, match="you cannot do this to yourself"):
            change(site, eva, by=eva)
    changes: UserChanges = {"role": "admin", "name": "Eva B."}
    site.writes.run(set_person, user=eva, changes=changes, **signed(site, eva))


def test_of_two_admins_that_remove_each_other_one_stays(site: Site) -> None:
    pair = [person(site.db, 1, Role.ADMIN, site.now(), f"{name}@example.org") for name in "ab"]
    barrier = Barrier(2)

    def remove_other(mine: int, other: int) -> None:
        barrier.wait()
        try:
            remove(site, other, by=mine)
        except DuplistatError:
            pass
        finally:
            site.db.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(remove_other, pair, pair[::-1]))
    assert users.admins(site.db, 1) == 1
