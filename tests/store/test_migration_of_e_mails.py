"""E-mails that were unique in the whole database are unique in their account, and their users sign in as before."""

from pathlib import Path

import pytest

from duplistat.services.bootstrap import prepare
from duplistat.store import users
from duplistat.store.database import Database
from tests.store.test_migration_of_columns import at_schema


def test_users_keep_e_mail_and_password_and_may_be_in_another_account(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0019", tmp_path, monkeypatch)
    with empty.transaction():
        empty.execute(
            "INSERT INTO account_user (id, account_id, email, name, password_hash, role, created_at, password_at)"
            " VALUES (3, 7, 'jo@example.org', 'Jo', 'a hash', 'admin', 5, 6)"
        )
    main = prepare(empty, 8)
    (jo,) = users.with_email(empty, "jo@example.org")
    assert (jo.id, jo.password_hash, jo.email_at, jo.signed_in_at) == (3, "a hash", 5, None)
    assert len(bytes.fromhex(users.password_salt(empty))) == 32

    def again(account: int) -> int | None:
        with empty.transaction():
            return users.add(
                empty, account=account, email=jo.email, name="Jo", password_hash="!", role="admin", now=9
            )

    assert again(jo.account_id) is None
    assert again(main)
    assert [user.account_id for user in users.with_email(empty, jo.email)] == [main, 7]
