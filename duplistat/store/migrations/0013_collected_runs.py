"""Whether a run was collected from its agent stands in a column, and no longer in the text of its details."""

import json
from typing import Any

MARK = '{"collected":true'
AFTER = len(MARK) + 1
# Behind the mark is the end of the object, or a comma and the rest of it.
WITHOUT = (
    f"CASE WHEN substr(details, {AFTER}, 1) = ',' THEN '{{' || substr(details, {AFTER + 1}) ELSE '{{}}' END"
)


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE run ADD COLUMN collected SMALLINT NOT NULL DEFAULT 0")
    db.execute_sql(
        f"UPDATE run SET collected = 1, details = {WITHOUT} WHERE substr(details, 1, {len(MARK)}) = '{MARK}'"
    )
    # Runs that a merge put away, and that its undoing brings back.
    kept = "SELECT merge_id, item, content FROM merge_row WHERE kind = 'run' AND content IS NOT NULL"
    statement = "UPDATE merge_row SET content = ? WHERE merge_id = ? AND kind = 'run' AND item = ?"
    for merge, item, text in db.execute_sql(kept).fetchall():
        content = json.loads(text)
        details = json.loads(content["details"])
        content["collected"] = int(details.pop("collected", False))
        content["details"] = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
        values = (json.dumps(content, ensure_ascii=False), merge, item)
        db.execute_sql(statement.replace("?", db.param), values)
