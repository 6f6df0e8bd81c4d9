"""Scripts report: events, senders, limits, keys that can be rotated; runs that are listed by account."""

from typing import Any

from peewee import SQL, BigAutoField, BigIntegerField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator: Any, db: Any) -> None:
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Server(Account):
        pass

    class Event(Model):
        """What a device said besides the results of its runs."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        server = ForeignKeyField(Server, on_delete="CASCADE", index=False)
        # Names the event within its server; the database lets it in once.
        key = TextField()
        at = BigIntegerField()
        # Where the event stands in time: when it was by the sender's clock, but never after it arrived.
        order_at = BigIntegerField()
        received_at = BigIntegerField(index=True)
        offset_minutes = IntegerField(null=True)
        severity = TextField()
        type = TextField()
        # A job of that server by its name, whether it is known or not.
        job_name = TextField(constraints=[SQL("DEFAULT ''")])
        message = TextField(constraints=[SQL("DEFAULT ''")])

        class Meta:
            database = db
            legacy_table_names = False
            indexes = (
                (("server", "key"), True),
                (("server", "order_at"), False),
                (("account", "order_at"), False),
            )

    class Bucket(Model):
        """A token bucket: when it will be full again, in microseconds since 1970."""

        name = TextField(primary_key=True)
        full_at = BigIntegerField()

        class Meta:
            database = db
            legacy_table_names = False

    db.create_tables([Event, Bucket])
    for statement in (
        # Which script or tool tells of this machine; empty where reports say no such thing.
        "ALTER TABLE server ADD COLUMN sender TEXT NOT NULL DEFAULT ''",
        # The key that was valid before the latest rotation, and until when.
        "ALTER TABLE key ADD COLUMN old_hash TEXT",
        "ALTER TABLE key ADD COLUMN old_until BIGINT",
        "CREATE INDEX key_old_hash ON key (old_hash) WHERE old_hash IS NOT NULL",
        # What a delivery says of its run: two with the same state say the same.
        "ALTER TABLE delivery ADD COLUMN state TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE delivery ADD COLUMN event BIGINT",
        "UPDATE delivery SET state = substr(sha256, 1, 16) WHERE run IS NOT NULL",
        "DROP INDEX delivery_run",
        "CREATE INDEX delivery_run ON delivery (run, state) WHERE run IS NOT NULL",
        "CREATE INDEX delivery_event ON delivery (event) WHERE event IS NOT NULL",
        # Whose a run is, so that those of an account can be listed without a look at all others.
        "ALTER TABLE run ADD COLUMN account_id BIGINT NOT NULL DEFAULT 0",
        "UPDATE run SET account_id = (SELECT account_id FROM job WHERE job.id = run.job_id)",
        "CREATE INDEX run_account_order ON run (account_id, order_at)",
    ):
        db.execute_sql(statement)
