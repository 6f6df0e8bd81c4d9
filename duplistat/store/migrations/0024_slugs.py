"""Each job has a slug: what it is called behind a ping key."""

import re
import unicodedata
from hashlib import sha256
from typing import Any


def up(migrator: Any, db: Any) -> None:
    mark = "?" if type(db).__name__.startswith("Sqlite") else "%s"
    known = db.execute_sql("SELECT id, account_id, name FROM job WHERE deleting_at IS NULL").fetchall()
    for job, account, name in known:
        db.execute_sql(
            f"INSERT INTO ping_slug (job_id, account_id, slug) VALUES ({mark}, {mark}, {mark})"
            " ON CONFLICT DO NOTHING",
            (job, account, _slug(name)),
        )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-")
    return slug or f"job-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
