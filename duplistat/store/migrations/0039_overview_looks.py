"""When people last looked at the overview."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(
        "CREATE TABLE overview_look (user_id BIGINT NOT NULL REFERENCES account_user (id) ON DELETE CASCADE,"
        " account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
        " last_at BIGINT NOT NULL, since_at BIGINT, PRIMARY KEY (user_id, account_id))"
    )
    db.execute_sql("CREATE INDEX overview_look_account ON overview_look (account_id)")
