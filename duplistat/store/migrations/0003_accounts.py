"""Accounts that can be frozen and have a zone; OAuth clients and their tokens; what else a job last did."""

from typing import Any

from peewee import BigAutoField, BigIntegerField, ForeignKeyField, Model, TextField


def up(migrator: Any, db: Any) -> None:
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Client(Model):
        """An OAuth client: a program that reads for an account."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        name = TextField()
        client_id = TextField(unique=True)
        secret_hash = TextField()
        scopes = TextField()
        created_at = BigIntegerField()
        revoked_at = BigIntegerField(null=True)
        last_used_at = BigIntegerField(null=True)
        last_used_from = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False

    class Token(Model):
        """An access token of a client; only its hash is here. A revoked one is deleted."""

        hash = TextField(primary_key=True)
        client = ForeignKeyField(Client, on_delete="CASCADE")
        scopes = TextField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            database = db
            legacy_table_names = False

    db.create_tables([Client, Token])
    for statement in (
        "ALTER TABLE account ADD COLUMN frozen_at BIGINT",
        # Empty: the server's own zone.
        "ALTER TABLE account ADD COLUMN timezone TEXT NOT NULL DEFAULT ''",
        # Whose a delivery is, for the deletion of all that somebody has.
        "CREATE INDEX delivery_account ON delivery (account_id)",
        # The latest restore, and the latest delete of old versions.
        "ALTER TABLE job ADD COLUMN restore_run BIGINT",
        "ALTER TABLE job ADD COLUMN restore_at BIGINT",
        "ALTER TABLE job ADD COLUMN delete_run BIGINT",
        "ALTER TABLE job ADD COLUMN delete_at BIGINT",
    ):
        db.execute_sql(statement)
    for operation in ("restore", "delete"):
        db.execute_sql(
            f"UPDATE job SET {operation}_run = (SELECT r.id FROM run r WHERE r.job_id = job.id"
            f" AND r.operation = '{operation}' ORDER BY r.order_at DESC, r.id DESC LIMIT 1)"
        )
        db.execute_sql(
            f"UPDATE job SET {operation}_at = (SELECT r.order_at FROM run r WHERE r.id = job.{operation}_run)"
            f" WHERE {operation}_run IS NOT NULL"
        )
