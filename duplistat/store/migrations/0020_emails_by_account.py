"""An e-mail is taken once in its account, no longer in the whole database: nobody learns of those in other accounts.

All users of an e-mail have one salt, made of it and of a random value of this database: so a sign-in costs the same
however many accounts the e-mail has.
"""

import secrets
from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX account_user_email")
    db.execute_sql("CREATE UNIQUE INDEX account_user_account_email ON account_user (account_id, email)")
    db.execute_sql("CREATE INDEX account_user_email ON account_user (email)")
    db.execute_sql("ALTER TABLE account_user ADD COLUMN email_at BIGINT NOT NULL DEFAULT 0")
    db.execute_sql("UPDATE account_user SET email_at = created_at")
    db.execute_sql("ALTER TABLE account_user ADD COLUMN signed_in_at BIGINT")
    # Users whose password a sign-in fitted as well, as a JSON array of their ids.
    db.execute_sql("ALTER TABLE session ADD COLUMN fitted TEXT NOT NULL DEFAULT '[]'")
    db.execute_sql("CREATE TABLE password_salt (salt TEXT NOT NULL)")
    db.execute_sql(f"INSERT INTO password_salt (salt) VALUES ('{secrets.token_hex(32)}')")
