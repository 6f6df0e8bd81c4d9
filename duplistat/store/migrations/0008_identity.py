"""Machines that share an id are told apart by what they are called; jobs that were renamed are joined."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    for table, column in (
        # What its reports say with server= beside a machine id; empty where they say nothing.
        ("server", "said TEXT NOT NULL DEFAULT ''"),
        # What is known of names that alternate under its id: empty, shared, dismissed or apart.
        ("server", "names_state TEXT NOT NULL DEFAULT ''"),
        # Whether servers were merged, or jobs of one: server or job.
        ("server_merge", "what TEXT NOT NULL DEFAULT 'server'"),
    ):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    # What a server was called since its second name, each with the times of runs that were told under it.
    db.execute_sql(
        "CREATE TABLE server_name (server_id BIGINT NOT NULL REFERENCES server (id) ON DELETE CASCADE,"
        " name TEXT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, PRIMARY KEY (server_id, name))"
    )
    # Another name under which a job is reported: that of one that was joined with it.
    db.execute_sql(
        "CREATE TABLE job_alias (job_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE,"
        " name TEXT NOT NULL, PRIMARY KEY (job_id, name))"
    )
    # Two jobs of which a person said that they are not the same.
    db.execute_sql(
        "CREATE TABLE job_distinct (job_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE,"
        " other_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE, PRIMARY KEY (job_id, other_id))"
    )
    db.execute_sql("CREATE INDEX job_distinct_other ON job_distinct (other_id)")
