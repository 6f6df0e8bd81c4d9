"""`duplistat user`."""

import pytest

from duplistat.now import wall_clock
from duplistat.services.people.identity import Role
from duplistat.store import users
from tests.cli.conftest import Run
from tests.support.people import PASSWORD, People
from tests.support.site import Site

CREATE = ("user", "create", "--email", "Jo@Example.org", "--name", "Jo")


def test_a_user_is_made_with_the_password_on_standard_input(site: Site, run: Run) -> None:
    result = run(*CREATE, stdin=" with blanks \n")
    assert (result.exit_code, result.stdout) == (
        0,
        "user Jo@Example.org made for account 'main', role admin\n",
    )
    (made,) = users.all_users(site.db)
    assert (made.email, made.name, made.role) == ("jo@example.org", "Jo", "admin")
    person = People(site).nobody()
    assert person.sign_in("jo@example.org", "with blanks").code == "auth"
    assert person.sign_in("jo@example.org", " with blanks ").code == ""


def test_a_user_belongs_to_the_account_and_has_the_role_that_were_named(site: Site, run: Run) -> None:
    run("account", "create", "--name", "acme", "--parent", "main")
    assert run(*CREATE, "--role", "contact", "--account", "acme", stdin=PASSWORD).exit_code == 0
    (made,) = users.all_users(site.db)
    assert (made.role, made.parent_id) == ("contact", 1)


@pytest.mark.parametrize(
    ("more", "password", "line"),
    [
        ((), "short\n", "password must have at least 8 characters"),
        ((), "", "password must have at least 8 characters"),
        (("--email", "jo"), PASSWORD, "email must be an e-mail address such as name@example.org"),
        (("--email", "taken@example.org"), PASSWORD, "email is in use already"),
        (("--account", "x"), PASSWORD, "there is no account named 'x'"),
        (("--name", " "), PASSWORD, "a user needs a name"),
        (("--role", "contact"), PASSWORD, "'main' has no parent account, so it has no contacts"),
    ],
)
def test_what_goes_wrong_with_a_user_is_one_line(
    site: Site, run: Run, more: tuple[str, ...], password: str, line: str
) -> None:
    People(site).user("taken@example.org")
    result = run(*CREATE, *more, stdin=password)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"duplistat: {line}\n")
    assert len(users.all_users(site.db)) == 1


def test_a_password_is_not_cut(site: Site, run: Run) -> None:
    result = run(*CREATE, stdin="x" * 5000)
    assert (result.exit_code, result.stderr) == (1, "duplistat: the password is longer than 4095 bytes\n")
    assert users.all_users(site.db) == []
    assert run(*CREATE, stdin="x" * 4095 + "\n").exit_code == 0
    assert People(site).nobody().sign_in("jo@example.org", "x" * 4095).code == ""


def test_somebody_who_is_deleted_is_signed_out_and_does_not_get_in(site: Site, run: Run) -> None:
    people = People(site)
    person, other = people.signed_in(), people.signed_in("other@example.org")
    result = run("user", "delete", "--email", " Jo@Example.org ")
    assert (result.exit_code, result.stdout) == (
        0,
        "user jo@example.org deleted, and signed out everywhere\n",
    )
    assert [somebody.is_in for somebody in (person, other)] == [False, True]
    assert people.nobody().sign_in("jo@example.org").code == "auth"
    result = run("user", "delete", "--email", "jo@example.org")
    assert (result.exit_code, result.stderr) == (
        1,
        "duplistat: there is no user with the e-mail 'jo@example.org'\n",
    )
    noted = site.db.rows("SELECT who, subject FROM audit WHERE action = 'user.remove'")
    assert noted == [("command line", "jo@example.org")]
    people.user()


def test_the_last_admin_of_main_stays(site: Site, run: Run) -> None:
    person = People(site).signed_in()
    result = run("user", "delete", "--email", "jo@example.org")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "duplistat: last admin of 'main': create another admin first\n",
    )
    assert person.is_in


def test_the_list_of_users_shows_no_password(site: Site, run: Run) -> None:
    People(site).user()
    (made,) = users.all_users(site.db)
    lines = run("user", "list").stdout.splitlines()
    assert lines[0].split()[:5] == ["account", "id", "e-mail", "name", "role"]
    assert lines[1].split()[:5] == ["main", str(made.id), "jo@example.org", "Jo", "admin"]
    assert "argon2" not in "".join(lines)
    assert "argon2" not in repr(made)


def test_a_new_password_ends_all_sessions(site: Site, run: Run) -> None:
    person = People(site).signed_in()
    result = run("user", "reset-password", "--email", "Jo@Example.org", stdin="another one\n")
    assert result.stdout == "user jo@example.org: the password is set, and all sessions are ended\n"
    assert not person.is_in
    assert person.sign_in("jo@example.org").code == "auth"
    assert person.sign_in("jo@example.org", "another one").code == ""


def test_a_password_of_nobody_is_not_set(run: Run) -> None:
    result = run("user", "reset-password", "--email", "x@example.org", stdin="another one\n")
    assert (result.exit_code, result.stderr) == (
        1,
        "duplistat: there is no user with the e-mail 'x@example.org'\n",
    )


# Locked out.


def lock(site: Site, email: str, address: str = "127.0.0.1", times: int = 10) -> None:
    """Let so many sign-ins fail; the last of ten locks."""
    site.now.at = wall_clock()
    person = People(site).nobody(address)
    for _ in range(times):
        assert person.sign_in(email, "wrong").code == "auth"


def test_an_unlocked_user_signs_in_at_once(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    lock(site, "jo@example.org", "192.0.2.1")
    assert people.nobody("192.0.2.2").sign_in("jo@example.org").code == "locked"
    result = run("user", "unlock", "--email", " Jo@Example.org ")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "user jo@example.org: unlocked, 10 failed sign-ins forgotten",
            "address 192.0.2.1: unlocked, 10 failed sign-ins forgotten",
        ],
    )
    for address in ("192.0.2.1", "192.0.2.2"):
        assert people.nobody(address).sign_in("jo@example.org").code == ""
    noted = site.db.rows("SELECT who, subject, after FROM audit WHERE action = 'user.unlock' ORDER BY id")
    assert noted == [
        ("command line", "jo@example.org", '{"failures":10}'),
        ("command line", "192.0.2.1", '{"failures":10}'),
    ]


def test_an_address_that_others_locked_is_unlocked_too(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    lock(site, "somebody@example.org", "2001:db8:1:2::3")
    assert people.nobody("2001:db8:1:2::4").sign_in("jo@example.org").code == "locked"
    result = run("user", "unlock", "--email", "jo@example.org")
    assert result.stdout == "address 2001:db8:1:2::/64: unlocked, 10 failed sign-ins forgotten\n"
    assert people.nobody("2001:db8:1:2::4").sign_in("jo@example.org").code == ""
    assert people.nobody().sign_in("somebody@example.org", "wrong").code == "locked"


def test_what_does_not_lock_yet_is_forgotten_for_the_e_mail_alone(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    lock(site, "jo@example.org", times=9)
    assert run("user", "unlock", "--email", "jo@example.org").stdout == (
        "user jo@example.org: 9 failed sign-ins forgotten\n"
    )
    assert people.nobody("192.0.2.2").sign_in("jo@example.org", "wrong").code == "auth"
    assert people.nobody("192.0.2.2").sign_in("jo@example.org").code == ""
    assert people.nobody().sign_in("jo@example.org", "wrong").code == "auth"
    assert people.nobody().sign_in("jo@example.org").code == "locked"


def test_nothing_that_is_locked_is_told(site: Site, run: Run) -> None:
    People(site).user()
    assert run("user", "unlock", "--email", "jo@example.org").stdout == (
        "user jo@example.org: nothing is locked\n"
    )
    result = run("user", "unlock", "--email", "x@example.org")
    assert (result.exit_code, result.stderr) == (
        1,
        "duplistat: there is no user with the e-mail 'x@example.org'\n",
    )


@pytest.mark.parametrize("role", list(Role))
def test_anybody_is_unlocked_whatever_the_role(site: Site, run: Run, role: Role) -> None:
    people = People(site)
    site.account("acme", parent="main")
    people.user(account="acme", role=role)
    lock(site, "jo@example.org")
    assert run("user", "unlock", "--email", "jo@example.org").exit_code == 0
    assert people.nobody().sign_in("jo@example.org").code == ""


def test_a_link_leads_in_while_somebody_goes_on_guessing(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    result = run("user", "unlock", "--email", "jo@example.org", "--link")
    code = result.stdout.splitlines()[-1].partition("/password?recoverycode=")[2]
    lock(site, "jo@example.org")
    person = people.nobody()
    assert person.sign_in("jo@example.org").code == "locked"
    assert person.call("resetPassword", recoverycode=code, password="another one").code == ""
    assert person.is_in
    assert people.nobody().call("resetPassword", recoverycode=code, password="another one").code == "invalid"


def test_a_new_password_unlocks(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    lock(site, "jo@example.org")
    result = run("user", "reset-password", "--email", "jo@example.org", stdin="another one\n")
    assert result.stdout.splitlines() == [
        "user jo@example.org: the password is set, and all sessions are ended",
        "user jo@example.org: unlocked, 10 failed sign-ins forgotten",
        "address 127.0.0.1: unlocked, 10 failed sign-ins forgotten",
    ]
    assert people.nobody().sign_in("jo@example.org", "another one").code == ""


def test_a_password_that_is_too_short_unlocks_nobody(site: Site, run: Run) -> None:
    people = People(site)
    people.user()
    lock(site, "jo@example.org")
    assert run("user", "reset-password", "--email", "jo@example.org", stdin="short\n").exit_code == 1
    assert people.nobody().sign_in("jo@example.org").code == "locked"


def test_of_a_suspended_account_it_is_told_what_to_reactivate(site: Site, run: Run) -> None:
    people = People(site)
    site.account("acme inc", parent="main")
    site.account("branch", parent="acme inc")
    people.user(account="branch")
    run("account", "suspend", "--name", "acme inc")
    for command in (("unlock",), ("reset-password",)):
        result = run("user", *command, "--email", "jo@example.org", stdin=PASSWORD)
        assert result.stdout.splitlines()[-1] == (
            "the account of jo@example.org is suspended, so nobody of it can sign in until:"
            " duplistat account reactivate --name 'acme inc'"
        )
    result = run("user", "unlock", "--email", "jo@example.org", "--link")
    assert (result.exit_code, result.stderr) == (1, "duplistat: This account is suspended\n")
    assert run("account", "reactivate", "--name", "acme inc").exit_code == 0
    assert people.nobody().sign_in("jo@example.org").code == ""


def test_a_command_makes_an_administrator_of_anybody(site: Site, run: Run) -> None:
    People(site).user(role=Role.VIEWER)
    result = run("user", "set", "--email", "Jo@example.org", "--role", "admin", "--name", "Jo \x1b[1m")
    assert (result.exit_code, result.stdout) == (0, "user jo@example.org: name Jo ␛[1m, role admin\n")
    (found,) = users.all_users(site.db)
    assert (found.role, found.name) == ("admin", "Jo \x1b[1m")


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ((), 2, "Error: nothing to change: give --name or --role"),
        (("--name", " "), 1, "duplistat: a user needs a name"),
        (("--role", "viewer"), 1, "duplistat: last admin of 'main': create another admin first"),
        (("--role", "contact"), 1, "duplistat: 'main' has no parent account, so it has no contacts"),
    ],
)
def test_what_a_user_cannot_be_set_to_is_one_line(
    site: Site, run: Run, more: tuple[str, ...], code: int, line: str
) -> None:
    People(site).user()
    result = run("user", "set", "--email", "jo@example.org", *more)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (code, line)


@pytest.mark.parametrize(
    ("command", "stdin"),
    [
        (("set", "--role", "viewer"), ""),
        (("reset-password",), "another one\n"),
        (("unlock", "--link"), ""),
        (("delete",), ""),
    ],
)
def test_of_several_accounts_with_an_e_mail_one_is_named(
    site: Site, run: Run, command: tuple[str, ...], stdin: str
) -> None:
    people = People(site)
    for account in ("globex", "acme"):
        site.account(account, parent="main")
        people.user(account=account)
    named = ("user", *command, "--email", "jo@example.org")
    before = users.all_users(site.db)
    result = run(*named, stdin=stdin)
    assert (result.exit_code, result.stderr) == (
        1,
        "duplistat: jo@example.org is a user of several accounts, name one with --account: 'acme', 'globex'\n",
    )
    assert run(*named, "--account", "main", stdin=stdin).stderr == (
        "duplistat: there is no user with the e-mail 'jo@example.org' in the account 'main'\n"
    )
    assert users.all_users(site.db) == before
    assert run(*named, "--account", "globex", stdin=stdin).exit_code == 0
    assert run(*named, "--account", "nobody", stdin=stdin).exit_code == 1
    after = users.all_users(site.db)
    # Only the one of acme is as it was.
    assert before[1] in after
    assert (before[0] in after) == ("unlock" in command)
    codes = site.db.rows("SELECT user_id FROM recovery")
    assert codes == ([(before[0].id,)] if "unlock" in command else [])
