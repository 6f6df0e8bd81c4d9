"""`duplistat user`."""

import pytest

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
        (("--role", "contact"), PASSWORD, "'main' has no account above it, so it has no contacts"),
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
        "duplistat: this is the last admin of 'main': make another one first\n",
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
