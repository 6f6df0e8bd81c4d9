"""What the latest verification and the latest restore of a job found, and which failure a person dismissed."""

import json
import re
from typing import Any

# As core.verdict had it when this was written: what is known of runs becomes what is known of their jobs.
_VERIFICATIONS = ("test", "verify", "verification", "check")
_A_TEST = '"operation":"test"'
_OF_FILE = re.compile(r"(.+?): (?:Missing|Extra|Modified|Error)\b", re.DOTALL)
_FAILED = ("error", "fatal")


def up(migrator: Any, db: Any) -> None:
    for prefix in ("verify", "restored"):
        for column in (
            # The run that says it, until that is past its days and deleted; when that began.
            "run BIGINT",
            "at BIGINT",
            "failed SMALLINT NOT NULL DEFAULT 0",
            # How many broken files it listed, and a line that says why.
            "broken BIGINT",
            "message TEXT NOT NULL DEFAULT ''",
            # When the run began whose failure was dismissed, and when it was.
            "dismissed BIGINT",
            "dismissed_at BIGINT",
        ):
            db.execute_sql(f"ALTER TABLE job ADD COLUMN {prefix}_{column}")
    _tell_jobs(db)


def _tell_jobs(db: Any) -> None:
    operations = ", ".join(f"'{name}'" for name in (*_VERIFICATIONS, "restore"))
    rows = db.execute_sql(
        "SELECT id, job_id, operation, status, order_at, message, details FROM run WHERE dry_run = 0 AND"
        # Without a pattern: a driver takes its percent signs for parameters.
        f" (operation IN ({operations}) AND partial = 0 OR replace(details, '{_A_TEST}', '') <> details)"
        " ORDER BY order_at, id"
    )
    latest: dict[tuple[int, str], tuple[Any, ...]] = {}
    for run, job, operation, status, at, message, details in rows:
        restore = operation == "restore"
        steps = [step for step in json.loads(details).get("steps", []) if step["operation"] == "test"]
        problems = [problem for step in steps for problem in step.get("problems", [])]
        words = [step["status"] for step in steps] if operation == "backup" else [status]
        if operation not in (*_VERIFICATIONS, "restore", "backup"):
            continue
        failed = (bool(problems) and not restore) or any(word in _FAILED for word in words)
        if not failed and words[:1] != ["success"]:
            continue
        files = {match[1] for match in map(_OF_FILE.match, problems) if match} if failed else set()
        said = "" if not failed or operation == "backup" else message
        prefix = "restored" if restore else "verify"
        latest[job, prefix] = (run, at, int(failed), len(files) or None, said)
    for (job, prefix), values in latest.items():
        columns = ", ".join(f"{prefix}_{name} = ?" for name in ("run", "at", "failed", "broken", "message"))
        # The clock looks at a job that wakes: so its change of health is noted.
        wake = ", wake_at = 1" if values[2] else ""
        statement = f"UPDATE job SET {columns}{wake} WHERE id = ?"
        db.execute_sql(statement.replace("?", db.param), (*values, job))
