"""Users by programs: created, changed, signed out, removed; passwords are never told."""

import pytest

from duplistat.services.people.sessions import email_name
from duplistat.store import failed_sign_ins, users
from tests.apis.native.program import Program, noted
from tests.support.people import People
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

PASSWORD = "correct horse of the test"
JO = {"email": "Jo@Example.org", "name": "Jo Doe", "role": "operator", "password": PASSWORD}


def test_a_user_is_created_signs_in_is_changed_and_removed(program: Program, site: Site) -> None:
    made = program.post("users", JO)
    assert (made["email"], made["role"], made["account"], made["sessions"]) == (
        "jo@example.org",
        "operator",
        "main",
        0,
    )
    path = f"users/{made['id']}"
    jo = People(site).nobody()
    assert jo.sign_in("jo@example.org", PASSWORD).code == ""
    assert program.read(path)["sessions"] == 1
    assert program.post(f"{path}/end-sessions") == {"sessions": 1}
    changed = program.send("PATCH", path, {"role": "viewer", "name": "Jo"}).get_json()
    assert (changed["role"], changed["name"], changed["email"]) == ("viewer", "Jo", "jo@example.org")
    program.post(f"{path}/password", {"password": PASSWORD * 2})
    assert jo.sign_in("jo@example.org", PASSWORD).code != ""
    assert jo.sign_in("jo@example.org", PASSWORD * 2).code == ""
    assert program.send("DELETE", path).status_code == 204
    assert program.send("GET", path).status_code == 404
    actions = [action for who, action, _ in noted(site) if who == "key deploy"]
    assert actions == ["user.remove", "user.password", "user.set", "session.end", "user.create"]


def test_no_answer_and_no_row_has_a_password(program: Program, site: Site) -> None:
    made = program.post("users", JO, again="k")
    assert program.post("users", JO, again="k") == made
    for table in ("account_user", "audit", "idempotency"):
        assert PASSWORD not in repr(site.db.rows(f"SELECT * FROM {table}"))


def test_what_is_wrong_is_told_by_field(program: Program) -> None:
    assert program.refused("users", JO | {"role": "king", "name": " "}).keys() == {"role", "name"}
    assert program.refused("users", JO | {"email": "nobody"}).keys() == {"email"}
    assert program.refused("users", JO | {"password": "short"}).keys() == {"password"}
    # Without a mail server nobody would learn of the user.
    assert program.refused("users", JO | {"password": None}).keys() == {"password"}
    program.post("users", JO)
    assert program.send("POST", "users", JO).status_code == 400


def test_the_last_admin_of_main_stays_one(program: Program) -> None:
    ada = program.post("users", JO | {"role": "admin"})
    path = f"users/{ada['id']}"
    assert program.send("PATCH", path, {"role": "viewer"}).status_code == 400
    assert program.send("DELETE", path).status_code == 400
    assert program.read(path)["role"] == "admin"


def test_a_key_lifts_no_lock_that_others_of_the_same_e_mail_have(program: Program, site: Site) -> None:
    site.account("tenant")
    tenant = Program(site, account="tenant", name="tenant")
    made = tenant.post("users", JO | {"role": "admin"})
    name = email_name("jo@example.org")
    with site.db.transaction():
        failed_sign_ins.add(site.db, (name,), site.now())
    tenant.post(f"users/{made['id']}/password", {"password": PASSWORD * 2})
    assert failed_sign_ins.most(site.db, (name,), 0) == 1
    assert [user.email for user in users.all_users(site.db)] == ["jo@example.org"]
