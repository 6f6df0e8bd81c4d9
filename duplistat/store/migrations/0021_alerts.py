"""Alerts: problems of jobs, who is told of them and how, and what became of each message.

What changed before this is not told of: only what comes after it is routed.
"""

from typing import Any

TABLES = (
    # What is wrong with a job, a channel or this server, from when it began until it is over.
    """CREATE TABLE problem (
        id {id},
        uid TEXT NOT NULL UNIQUE,
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        subject TEXT NOT NULL,
        family TEXT NOT NULL,
        job_id BIGINT REFERENCES job (id) ON DELETE SET NULL,
        channel_id BIGINT,
        kind TEXT NOT NULL,
        opened_at BIGINT NOT NULL,
        kind_at BIGINT NOT NULL,
        bad_at BIGINT NOT NULL,
        fails BIGINT NOT NULL DEFAULT 0,
        goods BIGINT NOT NULL DEFAULT 0,
        changes BIGINT NOT NULL DEFAULT 1,
        again BIGINT NOT NULL DEFAULT 0,
        unsteady SMALLINT NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        run BIGINT,
        last_good_at BIGINT,
        acked_at BIGINT,
        acked_until BIGINT,
        acked_by TEXT NOT NULL DEFAULT '',
        acked_why TEXT NOT NULL DEFAULT '',
        next_at BIGINT,
        closed_at BIGINT,
        closed_how TEXT NOT NULL DEFAULT ''
    )""",
    # Where messages go.
    """CREATE TABLE channel (
        id {id},
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        config TEXT NOT NULL,
        shown TEXT NOT NULL,
        zone TEXT NOT NULL DEFAULT '',
        language TEXT NOT NULL DEFAULT '',
        templates TEXT NOT NULL DEFAULT '{{}}',
        self_test SMALLINT NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'on',
        state_at BIGINT NOT NULL,
        state_why TEXT NOT NULL DEFAULT '',
        paused_until BIGINT,
        verified_at BIGINT,
        last_ok_at BIGINT,
        last_ms BIGINT NOT NULL DEFAULT 0,
        created_at BIGINT NOT NULL,
        UNIQUE (account_id, name)
    )""",
    # The addresses of a channel that sends mail.
    """CREATE TABLE recipient (
        id {id},
        channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
        address TEXT NOT NULL,
        verified_at BIGINT,
        asked_at BIGINT,
        unsubscribed_at BIGINT,
        refused_at BIGINT,
        refused_why TEXT NOT NULL DEFAULT '',
        UNIQUE (channel_id, address)
    )""",
    # Who is alerted about what, and when.
    """CREATE TABLE rule (
        id {id},
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        enabled SMALLINT NOT NULL DEFAULT 1,
        spec TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (account_id, name)
    )""",
    # A message that has to go out, by one channel.
    """CREATE TABLE notice (
        id {id},
        uid TEXT NOT NULL UNIQUE,
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        channel_id BIGINT REFERENCES channel (id) ON DELETE SET NULL,
        channel TEXT NOT NULL,
        rule_id BIGINT,
        rule TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL,
        why TEXT NOT NULL,
        facts TEXT NOT NULL,
        dedupe TEXT UNIQUE,
        created_at BIGINT NOT NULL,
        not_before BIGINT NOT NULL,
        attempts BIGINT NOT NULL DEFAULT 0,
        plain SMALLINT NOT NULL DEFAULT 0,
        sent_to TEXT NOT NULL DEFAULT '[]',
        claimed_by TEXT NOT NULL DEFAULT '',
        claimed_until BIGINT,
        result TEXT NOT NULL DEFAULT '',
        result_why TEXT NOT NULL DEFAULT '',
        ended_at BIGINT
    )""",
    # The problems that a message tells of; `dedupe` says what of them, so that it is told once.
    """CREATE TABLE notice_problem (
        notice_id BIGINT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
        problem_id BIGINT NOT NULL REFERENCES problem (id) ON DELETE CASCADE,
        dedupe TEXT NOT NULL UNIQUE,
        PRIMARY KEY (notice_id, problem_id)
    )""",
    """CREATE TABLE attempt (
        id {id},
        notice_id BIGINT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
        number BIGINT NOT NULL,
        started_at BIGINT NOT NULL,
        ms BIGINT,
        outcome TEXT NOT NULL DEFAULT '',
        code TEXT NOT NULL DEFAULT '',
        answer TEXT NOT NULL DEFAULT '',
        holder TEXT NOT NULL,
        UNIQUE (notice_id, number)
    )""",
    # By which channels a problem was told: those hear that it is over.
    """CREATE TABLE told (
        problem_id BIGINT NOT NULL REFERENCES problem (id) ON DELETE CASCADE,
        channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
        rule_id BIGINT,
        first_at BIGINT NOT NULL,
        last_at BIGINT NOT NULL,
        last_kind TEXT NOT NULL,
        recovered_at BIGINT,
        PRIMARY KEY (problem_id, channel_id)
    )""",
    """CREATE TABLE silence (
        id {id},
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        spec TEXT NOT NULL,
        from_at BIGINT NOT NULL,
        until_at BIGINT NOT NULL,
        why TEXT NOT NULL DEFAULT '',
        set_by TEXT NOT NULL DEFAULT '',
        created_at BIGINT NOT NULL,
        ended_at BIGINT
    )""",
    # A summary of an account that goes out by the clock.
    """CREATE TABLE digest (
        id {id},
        account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        period TEXT NOT NULL,
        hour BIGINT NOT NULL,
        day BIGINT NOT NULL DEFAULT 1,
        channels TEXT NOT NULL,
        skip_unchanged SMALLINT NOT NULL DEFAULT 0,
        enabled SMALLINT NOT NULL DEFAULT 1,
        next_at BIGINT NOT NULL,
        last_at BIGINT,
        last_state TEXT NOT NULL DEFAULT '',
        created_at BIGINT NOT NULL,
        UNIQUE (account_id, name)
    )""",
    # The answer to a write of our API that its sender may repeat.
    """CREATE TABLE idempotency (
        hash TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        status BIGINT NOT NULL,
        body TEXT NOT NULL,
        at BIGINT NOT NULL
    )""",
)
INDEXES = (
    "CREATE UNIQUE INDEX problem_open ON problem (subject, family) WHERE closed_at IS NULL",
    "CREATE INDEX problem_next_at ON problem (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX problem_account ON problem (account_id, opened_at)",
    "CREATE INDEX problem_subject ON problem (subject, opened_at)",
    "CREATE INDEX problem_job ON problem (job_id)",
    "CREATE INDEX notice_waiting ON notice (not_before) WHERE result = ''",
    "CREATE INDEX notice_channel ON notice (channel_id, created_at)",
    "CREATE INDEX notice_account ON notice (account_id, created_at)",
    "CREATE INDEX notice_ended ON notice (ended_at)",
    "CREATE INDEX notice_problem_problem ON notice_problem (problem_id)",
    "CREATE INDEX attempt_open ON attempt (started_at) WHERE outcome = ''",
    "CREATE INDEX told_channel ON told (channel_id)",
    "CREATE INDEX silence_open ON silence (until_at) WHERE ended_at IS NULL",
    "CREATE INDEX digest_next_at ON digest (next_at) WHERE enabled = 1",
    "CREATE INDEX idempotency_at ON idempotency (at)",
    "CREATE INDEX transition_unrouted ON transition (id) WHERE routed_at IS NULL",
    "CREATE INDEX event_unrouted ON event (id) WHERE routed_at IS NULL",
)


def up(migrator: Any, db: Any) -> None:
    numbered = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
    on_sqlite = type(db).__name__.startswith("Sqlite")
    # Nothing ever wrote it.
    db.execute_sql("DROP TABLE notice")
    for table in TABLES:
        db.execute_sql(table.format(id="INTEGER PRIMARY KEY AUTOINCREMENT" if on_sqlite else numbered))
    for table, at in (("transition", "at"), ("event", "received_at")):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN routed_at BIGINT")
        db.execute_sql(f"UPDATE {table} SET routed_at = {at}")
    # How many backup runs in a row were good since something was wrong, counted up to ten.
    db.execute_sql("ALTER TABLE job ADD COLUMN goods BIGINT NOT NULL DEFAULT 10")
    for index in INDEXES:
        db.execute_sql(index)
