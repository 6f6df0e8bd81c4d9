"""The first schema: accounts, keys, servers, jobs, runs, deliveries, and what the clock keeps."""

from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    CompositeKey,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    Node,
    SmallIntegerField,
    TextField,
)


def _default(value: int | str) -> list[Node]:
    """A default that the database itself knows."""
    return [SQL(f"DEFAULT {value}" if isinstance(value, int) else f"DEFAULT '{value}'")]


def up(migrator: Any, db: Any) -> None:
    class Table(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Account(Table):
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        name = TextField(unique=True)
        # The ids from the root to this account, "/1/5/": whatever starts with it is at or below it.
        path = TextField(index=True)
        created_at = BigIntegerField()

    class Key(Table):
        account = ForeignKeyField(Account, on_delete="CASCADE")
        name = TextField()
        hash = TextField(unique=True)
        hint = TextField()
        scopes = TextField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        revoked_at = BigIntegerField(null=True)
        last_used_at = BigIntegerField(null=True)
        last_used_from = TextField(null=True)

        class Meta:
            indexes = ((("account", "name"), True),)

    class Server(Table):
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        # "machine:ID" where reports bring a machine id, else "name:NAME".
        identity = TextField()
        machine_id = TextField(constraints=_default(""))
        name = TextField()
        alias_ = TextField(null=True, column_name="alias")
        facts = TextField(constraints=_default("{}"))
        created_at = BigIntegerField()
        seen_at = BigIntegerField()
        # Another server that this one may be, told by its name and jobs; a person decides.
        may_be = ForeignKeyField("self", null=True, on_delete="SET NULL")

        class Meta:
            indexes = (
                (("account", "identity"), True),
                (("account", "name"), False),
                (("account", "machine_id"), False),
                (("account", "alias_"), False),
            )

    class Job(Table):
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        server = ForeignKeyField(Server, on_delete="CASCADE", index=False)
        name = TextField()
        ref = TextField(constraints=_default(""))
        created_at = BigIntegerField()
        tags = TextField(constraints=_default("[]"))
        paused = SmallIntegerField(constraints=_default(0))
        grace_ms = BigIntegerField(null=True)
        # When it should run: set by a person, told by the client, learned from its runs.
        schedule = TextField(null=True)
        schedule_zone = TextField(null=True)
        schedule_set_at = BigIntegerField(null=True)
        told_next = BigIntegerField(null=True)
        told_gap = BigIntegerField(null=True)
        told_at = BigIntegerField(null=True)
        starts = TextField(constraints=_default("[]"))
        learned = TextField(null=True)
        # How late the last report came after its run's end, and by how much the sender's clock is off.
        lag_ms = BigIntegerField(null=True)
        shift_ms = BigIntegerField(constraints=_default(0))
        source = TextField(constraints=_default("none"))
        expected_at = BigIntegerField(null=True)
        # When the clock has to look at this job next, whatever for.
        due_at = BigIntegerField(null=True)
        missed = IntegerField(constraints=_default(0))
        health = TextField(constraints=_default("never"))
        health_at = BigIntegerField()
        # The latest backup run, and the latest good one.
        last_run = BigIntegerField(null=True)
        last_order = BigIntegerField(null=True)
        last_started = BigIntegerField(null=True)
        last_received = BigIntegerField(null=True)
        last_status = TextField(null=True)
        last_partial = SmallIntegerField(constraints=_default(0))
        last_duration = BigIntegerField(null=True)
        last_message = TextField(constraints=_default(""))
        good_run = BigIntegerField(null=True)
        good_at = BigIntegerField(null=True)
        # The latest known values, whichever run told them.
        size = BigIntegerField(null=True)
        size_before = BigIntegerField(null=True)
        storage = BigIntegerField(null=True)
        files = BigIntegerField(null=True)
        added = BigIntegerField(null=True)
        versions = BigIntegerField(null=True)
        quota_total = BigIntegerField(null=True)
        quota_free = BigIntegerField(null=True)
        # One letter a day, oldest first; days_to is the day of the last one, counted from 1970.
        days = TextField(constraints=_default(""))
        days_to = IntegerField(constraints=_default(0))
        # What a running operation says of itself.
        live_state = TextField(constraints=_default(""))
        live_ticks = BigIntegerField(null=True)
        live_at = BigIntegerField(null=True)
        live_started = BigIntegerField(null=True)
        live_phase = TextField(constraints=_default(""))
        live_progress = FloatField(null=True)
        live_error = TextField(constraints=_default(""))

        class Meta:
            indexes = (
                (("server", "name"), True),
                (("account", "health"), False),
            )

    class Run(Table):
        job = ForeignKeyField(Job, on_delete="CASCADE", index=False)
        operation = TextField()
        # Names the run within (job, operation); the database lets it in once.
        key = TextField()
        precision = TextField()
        status = TextField()
        status_text = TextField(constraints=_default(""))
        # Where the run stands in time: its start by the sender's clock, but never after it arrived.
        order_at = BigIntegerField()
        started_at = BigIntegerField(null=True)
        started_ticks = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)
        received_at = BigIntegerField()
        offset_minutes = IntegerField(null=True)
        skew_ms = BigIntegerField(constraints=_default(0))
        duration_ms = BigIntegerField(null=True)
        files = BigIntegerField(null=True)
        size = BigIntegerField(null=True)
        storage = BigIntegerField(null=True)
        uploaded = BigIntegerField(null=True)
        downloaded = BigIntegerField(null=True)
        versions = BigIntegerField(null=True)
        files_added = BigIntegerField(null=True)
        files_modified = BigIntegerField(null=True)
        files_deleted = BigIntegerField(null=True)
        files_failed = BigIntegerField(null=True)
        quota_total = BigIntegerField(null=True)
        quota_free = BigIntegerField(null=True)
        messages = BigIntegerField(null=True)
        warnings = BigIntegerField(null=True)
        errors = BigIntegerField(null=True)
        partial = SmallIntegerField(constraints=_default(0))
        dry_run = SmallIntegerField(constraints=_default(0))
        message = TextField(constraints=_default(""))
        # Every other number, the sub-results and the facts, as JSON.
        details = TextField(constraints=_default("{}"))
        log_lines = BigIntegerField(constraints=_default(0))
        # 1 for a backup run that counts as one: it may be the latest of its job.
        is_backup = SmallIntegerField(constraints=_default(0))

        class Meta:
            indexes = (
                (("job", "operation", "key"), True),
                (("job", "order_at"), False),
                (("received_at",), False),
            )

    class RunLog(Model):
        run = ForeignKeyField(Run, primary_key=True, on_delete="CASCADE")
        # JSON lines, deflated.
        lines = BlobField()

        class Meta:
            database = db
            legacy_table_names = False

    class Delivery(Table):
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        received_at = BigIntegerField(index=True)
        endpoint = TextField()
        address = TextField(constraints=_default(""))
        query = TextField(constraints=_default(""))
        content_type = TextField(constraints=_default(""))
        size = IntegerField()
        sha256 = TextField()
        # Deflated. Kept exactly as received, after a gzip of the sender's own is undone.
        body = BlobField()
        outcome = TextField()
        format = TextField(constraints=_default(""))
        problem = TextField(constraints=_default(""))
        job = BigIntegerField(null=True)
        run = BigIntegerField(null=True, index=True)

    class Transition(Table):
        job = ForeignKeyField(Job, on_delete="CASCADE", index=False)
        at = BigIntegerField(index=True)
        before = TextField()
        after = TextField()
        reason = TextField(constraints=_default(""))
        run = BigIntegerField(null=True)

        class Meta:
            indexes = ((("job", "at"), False),)

    class Notice(Table):
        """A message that has to go out. It is made in the transaction that gives cause for it."""

        account = ForeignKeyField(Account, on_delete="CASCADE")
        transition = ForeignKeyField(Transition, null=True, on_delete="SET NULL")
        channel = TextField()
        created_at = BigIntegerField()
        next_attempt_at = BigIntegerField(null=True)
        attempts = IntegerField(constraints=_default(0))
        # Empty while it waits; then sent or failed.
        result = TextField(constraints=_default(""))

    class Total(Model):
        """What is summed over all runs of an account, in shards so that writers do not queue for one row."""

        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        shard = SmallIntegerField()
        success = BigIntegerField(constraints=_default(0))
        warning = BigIntegerField(constraints=_default(0))
        failed = BigIntegerField(constraints=_default(0))
        other = BigIntegerField(constraints=_default(0))
        # Sums of 64-bit numbers outgrow 64 bits: decimal digits.
        uploaded = TextField(constraints=_default("0"))
        size = TextField(constraints=_default("0"))
        storage = TextField(constraints=_default("0"))
        received_at = BigIntegerField(constraints=_default(0))
        started_at = BigIntegerField(constraints=_default(0))

        class Meta:
            database = db
            legacy_table_names = False
            primary_key = CompositeKey("account", "shard")

    class AccountDay(Model):
        """Backup runs of one account by day (UTC, counted from 1970) and outcome."""

        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        day = IntegerField()
        shard = SmallIntegerField()
        success = BigIntegerField(constraints=_default(0))
        warning = BigIntegerField(constraints=_default(0))
        failed = BigIntegerField(constraints=_default(0))
        other = BigIntegerField(constraints=_default(0))

        class Meta:
            database = db
            legacy_table_names = False
            primary_key = CompositeKey("account", "day", "shard")

    class Received(Model):
        """How many deliveries came, by format and outcome."""

        format = TextField()
        outcome = TextField()
        shard = SmallIntegerField()
        count = BigIntegerField(constraints=_default(0))

        class Meta:
            database = db
            legacy_table_names = False
            primary_key = CompositeKey("format", "outcome", "shard")

    class Lease(Model):
        """Who does what only one process may do, until when, and when it last did."""

        name = TextField(primary_key=True)
        holder = TextField()
        expires_at = BigIntegerField()
        ticked_at = BigIntegerField()

        class Meta:
            database = db
            legacy_table_names = False

    class Away(Table):
        """A time in which no scheduler ticked: we were not there to hear."""

        from_at = BigIntegerField()
        to_at = BigIntegerField(index=True)

    tables = [Account, Key, Server, Job, Run, RunLog, Delivery, Transition, Notice]
    tables += [Total, AccountDay, Received, Lease, Away]
    db.create_tables(tables)
    # The clock looks only at what is due.
    db.execute_sql("CREATE INDEX job_due_at ON job (due_at) WHERE due_at IS NOT NULL")
    db.execute_sql("CREATE INDEX notice_waiting ON notice (created_at) WHERE result = ''")
    db.execute_sql("CREATE INDEX server_may_be ON server (id) WHERE may_be_id IS NOT NULL")
    db.execute_sql("CREATE INDEX delivery_unread ON delivery (account_id) WHERE outcome = 'unrecognised'")
    db.execute_sql("CREATE INDEX delivery_progress ON delivery (job) WHERE outcome = 'progress'")
