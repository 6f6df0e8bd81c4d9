"""`duplistat key` and `duplistat account`."""

import pytest

from duplistat.services.access import api_keys as services
from duplistat.store import accounts, keys
from tests.cli.conftest import Run
from tests.support.bodies import duplicati
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"


def test_a_new_key_stands_alone_on_the_last_line(site: Site, run: Run) -> None:
    result = run("key", "create", "--name", "nas", "--scope", "ingest")
    assert result.exit_code == 0
    key = result.stdout.splitlines()[-1]
    assert result.stdout == f"{key}\n"
    assert services.find(site.db, key, site.now()).name == "nas"


def test_a_key_may_have_more_than_one_scope(site: Site, run: Run) -> None:
    run("key", "create", "--name", "nas", "--scope", "ingest", "--scope", "read")
    (key,) = keys.of_account(site.db)
    assert key.scopes == "ingest read"


def test_a_key_belongs_to_the_account_that_was_named(site: Site, run: Run) -> None:
    run("account", "create", "--name", "customer")
    key = run("key", "create", "--name", "k", "--scope", "ingest", "--account", "customer").stdout.strip()
    site.record(duplicati(START), query=f"?key={key}")
    assert site.summary()["totalServers"] == 0


def test_a_key_made_by_a_command_is_good_at_once_and_bad_after_it_was_revoked(site: Site, run: Run) -> None:
    key = run("key", "create", "--name", "k", "--scope", "read").stdout.strip()
    assert site.get(f"/api/summary?key={key}").status_code == 200
    assert run("key", "revoke", "--name", "k").stdout == "key k revoked\n"
    assert site.get(f"/api/summary?key={key}").status_code == 401


def test_a_key_can_expire(site: Site, run: Run) -> None:
    run("key", "create", "--name", "k", "--scope", "read", "--expires", "2027-01-31T00:00:00+01:00")
    (key,) = keys.of_account(site.db)
    assert key.expires_at == 1801350000000


def test_the_list_of_keys_does_not_show_them(run: Run) -> None:
    key = run("key", "create", "--name", "nas", "--scope", "ingest").stdout.strip()
    result = run("key", "list")
    assert "nas" in result.stdout
    assert key not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("revoke", "--name", "x"), "duplistat: there is no valid key named 'x' in this account"),
        (
            ("create", "--name", "k", "--scope", "read", "--account", "x"),
            "duplistat: there is no account named 'x'",
        ),
        (("create", "--name", "taken", "--scope", "read"), "duplistat: there is a key named 'taken' already"),
    ],
)
def test_what_goes_wrong_with_a_key_is_one_line(run: Run, arguments: tuple[str, ...], line: str) -> None:
    run("key", "create", "--name", "taken", "--scope", "read")
    result = run("key", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{line}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "--name", "k"),
        ("create", "--scope", "read"),
        ("create", "--name", "k", "--scope", "write"),
        ("create", "--name", "k", "--scope", "read", "--expires", "tomorrow"),
        ("create", "--name", "k", "--scope", "read", "--expires", "2027-01-31T00:00:00"),
    ],
)
def test_a_key_command_that_was_not_understood_makes_no_key(
    site: Site, run: Run, arguments: tuple[str, ...]
) -> None:
    assert run("key", *arguments).exit_code == 2
    assert keys.of_account(site.db) == []


def test_an_account_is_made_below_another(site: Site, run: Run) -> None:
    assert run("account", "create", "--name", "partner").exit_code == 0
    assert run("account", "create", "--name", "customer", "--parent", "partner").exit_code == 0
    made = {account.name: account for account in accounts.all_accounts(site.db)}
    assert made["partner"].parent_id is None
    assert made["customer"].parent_id == made["partner"].id
    assert [line.split()[1] for line in run("account", "list").stdout.splitlines()] == [
        "name", "main", "partner", "customer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--name", "main"), "duplistat: there is an account named 'main' already"),
        (("--name", "a", "--parent", "x"), "duplistat: there is no account named 'x'"),
        (("--name", " "), "duplistat: an account needs a name"),
    ],
)
def test_what_goes_wrong_with_an_account_is_one_line(run: Run, arguments: tuple[str, ...], line: str) -> None:
    result = run("account", "create", *arguments)
    assert (result.exit_code, result.stderr) == (1, f"{line}\n")
