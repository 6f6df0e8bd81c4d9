"""People, and agents that can be called: users with sessions, services with their tasks."""

from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)


def _text() -> TextField:
    return TextField(constraints=[SQL("DEFAULT ''")])


def _flag() -> SmallIntegerField:
    return SmallIntegerField(constraints=[SQL("DEFAULT 0")])


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Account(Base):
        id = BigAutoField()

    class AccountUser(Base):
        """A person who signs in for an account. A contact is the user of a child account."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        # In lower case.
        email = TextField(unique=True)
        name = TextField()
        password_hash = TextField()
        # admin, operator, viewer; or contact: a sub-user that only looks at what is assigned to it.
        role = TextField()
        telephone = _text()
        mobile2 = _text()
        fixed_phone = _text()
        notify = _flag()
        notify_email = _text()
        created_at = BigIntegerField()
        password_at = BigIntegerField()

    class Session(Base):
        """A sign-in, known by the hash of its cookie."""

        hash = TextField(primary_key=True)
        user = ForeignKeyField(AccountUser, on_delete="CASCADE")  # column user_id
        created_at = BigIntegerField()
        used_at = BigIntegerField()
        expires_at = BigIntegerField(index=True)
        remember = _flag()
        address = _text()
        agent = _text()

    class Recovery(Base):
        """A code that was mailed, by its hash; good once."""

        hash = TextField(primary_key=True)
        user = ForeignKeyField(AccountUser, on_delete="CASCADE")  # column user_id
        expires_at = BigIntegerField(index=True)

    class Failure(Base):
        """A sign-in that failed, for an e-mail and for an address."""

        id = BigAutoField()
        # "email:…" or "address:…".
        name = TextField()
        at = BigIntegerField(index=True)

        class Meta:
            indexes = ((("name", "at"), False),)

    class Service(Base):
        """A backup agent that we can call."""

        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        # The child account that it is assigned to.
        contact = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        # VDS or SERVER.
        kind = TextField()
        name = TextField()
        host = TextField()
        port = IntegerField()
        location = IntegerField()
        encrypt = _flag()
        # Both encrypted. The first encrypts backup data, the second signs in to the agent.
        data_secret = _text()
        agent_secret = _text()
        # SHA-256 of the certificate that is trusted; empty for whatever authorities vouch for.
        fingerprint = _text()
        activation_hint = _text()
        created_at = BigIntegerField()
        # The request that made it: sent again after a crash, it makes no second one.
        request = TextField(null=True, unique=True)
        configured_at = BigIntegerField(null=True)
        cancelled_at = BigIntegerField(null=True)
        maintenance_until = BigIntegerField(null=True)
        # When runPolicy was called first, and when an agent first started a job of ours.
        tried_at = BigIntegerField(null=True)
        started_at = BigIntegerField(null=True)
        # When an administrator froze it: nothing can be changed then.
        frozen_at = BigIntegerField(null=True)
        # What the agent last said: its machine id, when it answered, whether it runs, how many jobs it has, what
        # it is, and what went wrong.
        machine_id = _text()
        answered_at = BigIntegerField(null=True)
        running = _flag()
        jobs = IntegerField(constraints=[SQL("DEFAULT 0")])
        facts = TextField(constraints=[SQL("DEFAULT '{}'")])
        problem = _text()
        problem_at = BigIntegerField(null=True)
        collected_at = BigIntegerField(null=True)

        class Meta:
            # A report without a key is looked up by the name and the id of its machine.
            indexes = ((("name",), False), (("machine_id",), False))

    class AgentTask(Base):
        """Something to do with an agent, in the background: probe, run, follow or collect; one row of a kind."""

        id = BigAutoField()
        service = ForeignKeyField(Service, on_delete="CASCADE")
        kind = TextField()
        due_at = BigIntegerField(index=True)
        # Until when a process works on it.
        taken_until = BigIntegerField(null=True)
        state = TextField(constraints=[SQL("DEFAULT '{}'")])

        class Meta:
            indexes = ((("service", "kind"), True),)

    db.create_tables([AccountUser, Session, Recovery, Failure, Service, AgentTask])
    # The service that a server's reports were posted for.
    db.execute_sql(
        "ALTER TABLE server ADD COLUMN service_id BIGINT REFERENCES service (id) ON DELETE SET NULL"
    )
    db.execute_sql("CREATE INDEX server_service_id ON server (service_id)")
    # What a job's agent says of it: how far its log was read, and its schedule with the zone in which it is
    # meant, and when that became so.
    for column in (
        "collected BIGINT NOT NULL DEFAULT 0",
        "agent_schedule TEXT",
        "agent_zone TEXT NOT NULL DEFAULT ''",
        "agent_schedule_at BIGINT",
    ):
        db.execute_sql(f"ALTER TABLE job ADD COLUMN {column}")
