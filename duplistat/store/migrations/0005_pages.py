"""What people do on the pages: who changed what, words of their own about servers and jobs, what they prefer."""

from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    CompositeKey,
    ForeignKeyField,
    Model,
    TextField,
)


def _text() -> TextField:
    return TextField(constraints=[SQL("DEFAULT ''")])


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
        id = BigAutoField()

    class Audit(Base):
        """A change that somebody made."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        at = BigIntegerField()
        # No reference: what somebody did stays when that person is gone.
        user = BigIntegerField(null=True)
        # Who, as it was called then: an e-mail, or "command line".
        who = TextField()
        address = _text()
        # A verb with its subject before it: job.set, key.create, user.sign_in …
        action = TextField()
        subject = _text()
        # JSON objects of what changed, by field.
        before = TextField(constraints=[SQL("DEFAULT '{}'")])
        after = TextField(constraints=[SQL("DEFAULT '{}'")])

        class Meta:
            indexes = ((("account", "id"), False), (("at",), False))

    class SetUp(Base):
        """The code of the link with which the first person comes in, by its hash."""

        hash = TextField(primary_key=True)
        created_at = BigIntegerField()

    class Setting(Base):
        """A setting that was set on the pages, as JSON, by its section and name with a dot between them."""

        name = TextField(primary_key=True)
        value = TextField()

    class Chore(Base):
        """Something that takes long and that somebody asked for: the scheduler does it."""

        id = BigAutoField()
        kind = TextField()
        # Whose people see what becomes of it.
        account = ForeignKeyField(Account, on_delete="CASCADE")
        subject = _text()
        # JSON: who asked.
        by = TextField()
        asked_at = BigIntegerField()
        # Until when a process works on it.
        taken_until = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)
        # JSON: how far it is, and what came of it; and what kept it from its end.
        state = TextField(constraints=[SQL("DEFAULT '{}'")])
        problem = _text()

        class Meta:
            indexes = ((("ended_at",), False), (("account", "kind"), False))

    class Server(Base):
        id = BigAutoField()

    class ServerMerge(Base):
        """Two servers that were made one, while that can be undone, and what became of the other one's name."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        # The one that stays, column into_id; the other one by the id and the name that it had.
        into = ForeignKeyField(Server, on_delete="CASCADE")
        gone_id = BigIntegerField(index=True)
        gone_name = TextField()
        at = BigIntegerField(index=True)
        # moving, done, undoing; closed: too long ago to be undone.
        state = TextField()
        # JSON: the row of the one that is gone, and what the other one took over from it.
        plan = TextField()

        class Meta:
            indexes = ((("account", "gone_name"), False),)

    class MergeRow(Base):
        """A row that hangs on something else since a merge, or that was put away."""

        merge = ForeignKeyField(ServerMerge, on_delete="CASCADE", index=False)
        kind = TextField()
        # Its id, and the id of what it hung on.
        item = BigIntegerField()
        was = BigIntegerField()
        # What was put away: its columns as JSON, and the log of a run.
        content = TextField(null=True)
        log = BlobField(null=True)

        class Meta:
            primary_key = CompositeKey("merge", "kind", "item")

    class ServerIdentity(Base):
        """Another identity under which reports of a server come: that of one that was merged into it."""

        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        identity = TextField()
        server = ForeignKeyField(Server, on_delete="CASCADE")
        merge = ForeignKeyField(ServerMerge, on_delete="CASCADE")

        class Meta:
            primary_key = CompositeKey("account", "identity")

    db.create_tables([Audit, SetUp, Setting, Chore, ServerMerge, MergeRow, ServerIdentity])
    for table, column in (
        # JSON of what a person prefers.
        ("account_user", "preferences TEXT NOT NULL DEFAULT '{}'"),
        ("server", "notes TEXT NOT NULL DEFAULT ''"),
        # What servers are grouped by; empty for none.
        ("server", "grouped TEXT NOT NULL DEFAULT ''"),
        ("server", "archived_at BIGINT"),
        ("job", "alias TEXT"),
        # Until when it is paused, if that was said; and from when to when nothing is expected of it.
        ("job", "paused_until BIGINT"),
        ("job", "quiet_from BIGINT"),
        ("job", "quiet_until BIGINT"),
        ("job", "archived_at BIGINT"),
        # Since when it is paused, and when the next pause or maintenance window begins or ends.
        ("job", "paused_from BIGINT"),
        ("job", "wake_at BIGINT"),
        # Until when nobody is asked to look at it while it is in the state that it was in then.
        ("job", "snoozed_until BIGINT"),
        ("job", "snoozed_as TEXT"),
    ):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    # Those that somebody looked at and put away are listed, too.
    db.execute_sql("CREATE INDEX delivery_dismissed ON delivery (account_id) WHERE outcome = 'dismissed'")
    # Notes of jobs stand apart: a job's row is written with each run, and these can be long.
    db.execute_sql(
        "CREATE TABLE job_note (job_id BIGINT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE, text TEXT NOT NULL)"
    )
    # The clock looks only at what is due, and at what wakes.
    db.execute_sql("CREATE INDEX job_wake_at ON job (wake_at) WHERE wake_at IS NOT NULL")
    # What is deleted with a job, besides what told of its runs.
    db.execute_sql("CREATE INDEX delivery_job ON delivery (job) WHERE job IS NOT NULL AND run IS NULL")
