"""`duplistat key rotate` and `key import`: keys that change, and keys that others made."""

from pathlib import Path

import pytest

from duplistat.now import wall_clock
from duplistat.services.access import api_keys as services
from duplistat.services.access.api_keys import Scope
from duplistat.store import keys
from tests.cli.conftest import Run
from tests.support.scripts import Script
from tests.support.site import Site

OLD = "bm_your-api-key-here"


def valid(site: Site, key: str) -> bool:
    """Whether the API lets a key in, which has the scope `read`."""
    status = site.get("/api/integration/counts", **{"X-Api-Key": key}).status_code
    assert status in (200, 401)
    return status == 200


def rotated(run: Run, *more: str, name: str = "k") -> str:
    result = run("key", "rotate", "--name", name, *more)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout.strip())


def taken_over(run: Run, key: str | bytes, name: str = "old", *more: str) -> str:
    result = run("key", "import", "--name", name, "--scope", "ingest", "--scope", "read", *more, stdin=key)
    assert result.exit_code == 0, result.stderr
    return str(result.output)


def only(site: Site) -> keys.Key:
    (row,) = keys.of_account(site.db)
    return row


def test_a_rotated_key_stands_alone_on_the_last_line(site: Site, run: Run) -> None:
    site.key(Scope.READ)
    result = run("key", "rotate", "--name", "k")
    key = result.stdout.strip()
    assert result.stdout == f"{key}\n"
    assert key.startswith("ds_")
    assert result.stderr == (
        "Key 'k' is replaced. The old one is refused from now on. The new one is not shown again:\n"
    )
    assert valid(site, key)


@pytest.fixture
def real(site: Site) -> Site:
    """Commands go by the real clock; so does this site."""
    site.now.at = wall_clock()
    return site


def test_the_old_key_is_refused_at_once(real: Site, run: Run) -> None:
    old = real.key(Scope.READ)
    new = rotated(run)
    real.now.forward(seconds=60)
    response = real.get("/api/integration/counts", **{"X-Api-Key": old})
    assert (response.status_code, response.get_json()["message"]) == (
        401,
        "This API key was replaced by another one",
    )
    assert valid(real, new)


def test_the_old_key_can_be_kept_for_some_hours(real: Site, run: Run) -> None:
    old = real.key(Scope.READ)
    new = rotated(run, "--keep-hours", "24")
    real.now.forward(hours=23.9)
    assert (valid(real, old), valid(real, new)) == (True, True)
    real.now.forward(hours=0.2)
    assert (valid(real, old), valid(real, new)) == (False, True)


def test_a_second_rotation_ends_the_first_old_key(real: Site, run: Run) -> None:
    first = real.key(Scope.READ)
    second = rotated(run, "--keep-hours", "24")
    assert valid(real, first)
    third = rotated(run, "--keep-hours", "24")
    assert [valid(real, key) for key in (first, second, third)] == [False, True, True]


def test_a_second_rotation_without_hours_ends_both(real: Site, run: Run) -> None:
    first = real.key(Scope.READ)
    second = rotated(run, "--keep-hours", "24")
    third = rotated(run)
    real.now.forward(seconds=60)
    assert [valid(real, key) for key in (first, second, third)] == [False, False, True]


def test_name_scopes_end_and_account_stay(real: Site, run: Run) -> None:
    real.account("customer")
    ending = real.now() + 86_400_000
    real.key(Scope.INGEST, Scope.READ, account="customer", name="nas", expires_at=ending)
    before = only(real)
    rotated(run, "--account", "customer", name="nas")
    after = only(real)
    assert (after.id, after.name, after.account_id) == (before.id, before.name, before.account_id)
    assert (after.scopes, after.expires_at, after.created_at) == (
        before.scopes,
        before.expires_at,
        before.created_at,
    )
    assert after.hash != before.hash
    assert after.old_hash == before.hash


def test_a_rotation_gives_no_tokens_back(real: Site, run: Run) -> None:
    old = Script(real, real.key(Scope.INGEST))
    for _ in range(60):
        old.backup()
    new = Script(real, rotated(run, "--keep-hours", "1"))
    assert new.send("/api/ingest/backup", "{}").status_code == 429
    assert old.send("/api/ingest/backup", "{}").status_code == 429


def test_the_old_key_may_do_what_the_new_one_may_and_no_more(real: Site, run: Run) -> None:
    old = real.key(Scope.READ)
    rotated(run, "--keep-hours", "1")
    response = Script(real, old).send("/api/ingest/backup", "{}")
    assert (response.status_code, response.get_json()["message"]) == (
        403,
        "This API key lacks the scope ingest",
    )


def test_to_revoke_a_key_ends_the_one_before_it_too(real: Site, run: Run) -> None:
    old = real.key(Scope.READ)
    new = rotated(run, "--keep-hours", "24")
    assert run("key", "revoke", "--name", "k").exit_code == 0
    assert (valid(real, old), valid(real, new)) == (False, False)


def test_a_key_that_expires_takes_the_one_before_it_along(real: Site, run: Run) -> None:
    old = real.key(Scope.READ, expires_at=real.now() + 3_600_000)
    new = rotated(run, "--keep-hours", "24")
    real.now.forward(hours=1)
    assert (valid(real, old), valid(real, new)) == (False, False)


def test_the_list_says_until_when_the_one_before_is_good(real: Site, run: Run) -> None:
    real.key(Scope.READ)
    assert ", the one before until " not in run("key", "list").stdout
    rotated(run, "--keep-hours", "24")
    assert "valid, the one before until " in run("key", "list").stdout


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("x", "duplistat: there is no key named 'x' in this account"),
        ("revoked", "duplistat: the key 'revoked' is no longer valid: create another one"),
        ("expired", "duplistat: the key 'expired' is no longer valid: create another one"),
    ],
)
def test_what_cannot_be_rotated_is_one_line(site: Site, run: Run, name: str, line: str) -> None:
    site.key(Scope.READ, name="expired", expires_at=site.now() - 1)
    site.key(Scope.READ, name="revoked")
    run("key", "revoke", "--name", "revoked")
    before = keys.of_account(site.db)
    result = run("key", "rotate", "--name", name)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{line}\n")
    assert keys.of_account(site.db) == before


def test_a_key_of_another_account_is_not_rotated(site: Site, run: Run) -> None:
    site.account("customer")
    theirs = site.key(Scope.READ, account="customer")
    assert run("key", "rotate", "--name", "k").exit_code == 1
    assert valid(site, theirs)


@pytest.mark.parametrize("hours", ["-1", "x", "1.5", "9999999"])
def test_hours_that_are_none_rotate_nothing(site: Site, run: Run, hours: str) -> None:
    key = site.key(Scope.READ)
    assert run("key", "rotate", "--name", "k", "--keep-hours", hours).exit_code == 2
    assert valid(site, key)


@pytest.mark.parametrize(
    "key",
    [OLD, "ds_of-another-server", "12345678", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "x" * 500],
    ids=["bm", "ds", "digits", "signs", "long"],
)
def test_a_key_with_any_prefix_is_taken_over(site: Site, run: Run, key: str) -> None:
    taken_over(run, key)
    script = Script(site, key)
    assert script.backup()["backupId"] == site.runs("nightly")[0].id
    assert script.counts() == (1, 0, 0, 0)


@pytest.mark.parametrize("around", ["{}\n", "  {}\r\n", "\n{}"], ids=["a line", "blanks", "a line before"])
def test_blanks_around_a_key_do_not_matter(site: Site, run: Run, around: str) -> None:
    taken_over(run, around.format(OLD))
    assert valid(site, OLD)


@pytest.mark.parametrize(
    "key",
    ["", "\n", "1234567", "two words here", "tab\there-in-it", "schlüssel-lang", "x" * 501, "x" * 5000, "nul\0inside"],
    ids=["empty", "a line end", "short", "blank", "tab", "umlaut", "long", "longer", "NUL"],
)  # fmt: skip
def test_what_no_header_can_carry_or_anyone_can_guess_is_refused(site: Site, run: Run, key: str) -> None:
    result = run("key", "import", "--name", "old", "--scope", "ingest", stdin=key)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "duplistat: a key has 8 to 500 visible ASCII characters without blanks; this one has not\n"
    )
    assert keys.of_account(site.db) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_key_in_a_file_that_windows_wrote_is_read(site: Site, run: Run, encoding: str) -> None:
    taken_over(run, f"{OLD}\r\n".encode(encoding))
    assert valid(site, OLD)


def test_bytes_that_are_no_text_are_no_key(site: Site, run: Run) -> None:
    result = run("key", "import", "--name", "old", "--scope", "ingest", stdin=bytes(range(128, 256)))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert keys.of_account(site.db) == []


def test_a_key_cannot_be_taken_over_twice(site: Site, run: Run) -> None:
    site.account("customer")
    taken_over(run, OLD)
    for more in ((), ("--account", "customer")):
        result = run("key", "import", "--name", "again", "--scope", "read", *more, stdin=OLD)
        assert (result.exit_code, result.stderr) == (1, "duplistat: this key is known already\n")
    assert [key.name for key in keys.of_account(site.db)] == ["old"]


def test_a_key_of_our_own_cannot_be_taken_over(real: Site, run: Run) -> None:
    first = real.key(Scope.READ)
    second = rotated(run, "--keep-hours", "1")
    for key in (first, second):
        assert run("key", "import", "--name", "again", "--scope", "read", stdin=key).exit_code == 1
    assert len(keys.of_account(real.db)) == 1


def test_a_name_that_is_taken_is_told(site: Site, run: Run) -> None:
    taken_over(run, OLD)
    result = run("key", "import", "--name", "old", "--scope", "read", stdin="another-key")
    assert (result.exit_code, result.stderr) == (1, "duplistat: there is a key named 'old' already\n")
    assert not valid(site, "another-key")


def test_an_imported_key_has_what_was_told(site: Site, run: Run) -> None:
    site.account("customer")
    taken_over(run, OLD, "scripts", "--account", "customer", "--expires", "2027-01-31T00:00:00Z")
    row = only(site)
    assert (row.name, row.scopes, row.expires_at) == ("scripts", "ingest read", 1801353600000)
    Script(site, OLD).backup()
    assert site.servers()[0].account_id == row.account_id != site.everyone[0]


def test_an_imported_key_can_be_rotated(real: Site, run: Run) -> None:
    taken_over(run, OLD)
    new = rotated(run, "--keep-hours", "1", name="old")
    assert new.startswith("ds_")
    assert (valid(real, OLD), valid(real, new)) == (True, True)
    real.now.forward(hours=1.1)
    assert (valid(real, OLD), valid(real, new)) == (False, True)


@pytest.mark.parametrize("key", [OLD, "12345678", "x" * 27], ids=["seed", "short", "middling"])
def test_an_imported_key_is_in_no_output(run: Run, key: str) -> None:
    output = taken_over(run, key)
    shown = output + run("key", "list").output
    assert key not in shown
    assert output == "key old imported for account 'main', scope ingest read\n"
    refused = run("key", "import", "--name", "again", "--scope", "read", stdin=key)
    assert key not in refused.output


def test_of_a_short_key_not_even_its_beginning_is_shown(site: Site, run: Run) -> None:
    taken_over(run, "12345678901234567890", "short")
    taken_over(run, "a" * 27 + "12345", "long")
    hints = {key.name: key.hint for key in keys.of_account(site.db)}
    assert hints == {"short": "", "long": "aaaaaaa"}
    lines = run("key", "list").stdout.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["aaaaaaa…", "-"]


def test_the_list_shows_how_each_key_begins_and_after_a_rotation_the_new_one(real: Site, run: Run) -> None:
    old = real.key(Scope.READ)
    assert f" {old[:7]}… " in run("key", "list").stdout
    new = rotated(run)
    listed = run("key", "list").stdout
    assert f" {new[:7]}… " in listed
    assert new[:8] not in listed


@pytest.mark.usefixtures("both_databases")
def test_no_key_is_in_the_database(site: Site, run: Run, tmp_path: Path) -> None:
    made = site.key(Scope.INGEST, Scope.READ, name="made")
    new = rotated(run, "--keep-hours", "24", name="made")
    taken_over(run, OLD)
    for key in (made, new, OLD):
        Script(site, key).backup()
        site.client().get(f"/api/integration/counts?key={key}")
        site.client().post(f"/api/upload?key={key}&a=b", data=b"hello")
    tables = ["key", "delivery", "bucket", "server", "job", "run", "event", "transition"]
    found = repr([site.db.rows(f"SELECT * FROM {table}") for table in tables])
    assert services.digest(OLD) in found
    files = b"".join(path.read_bytes() for path in tmp_path.glob("duplistat.db*"))
    assert bool(files) is site.db.on_sqlite
    for key in (made, new, OLD):
        assert key not in found
        assert key.encode() not in files


def test_no_key_is_in_the_log_or_in_an_error(site: Site, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    key = site.key(Scope.READ)
    new = rotated(run, "--keep-hours", "24")
    answers = [
        site.get("/api/summary", **{"X-Api-Key": key}),
        site.get(f"/api/summary?key={new}"),
        site.get(f"/api/nothing?key={new}"),
        Script(site, key).send("/api/ingest/backup", "{"),
        site.get("/api/summary", **{"X-Api-Key": f"{new}x"}),
        site.get("/api/lastbackup/none", **{"X-Api-Key": new}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 403, 401, 400]
    for text in (key, new):
        assert text not in caplog.text
        assert not [answer for answer in answers if text in answer.text or text in str(answer.headers)]
