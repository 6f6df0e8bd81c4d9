"""A message of a run that no sender wrote is a code with its number, and no longer a sentence."""

import json
import re
from typing import Any

_COUNTED = (
    (re.compile(r"Success, with ([\d,]+) errors? in the log", re.ASCII | re.IGNORECASE), "errors_in_log"),
    (re.compile(r"([\d,]+) files? could not be read", re.ASCII | re.IGNORECASE), "files_unreadable"),
    (
        re.compile(
            r"nothing examined, ([\d,]+) files deleted: is the source mounted\?", re.ASCII | re.IGNORECASE
        ),
        "source_emptied",
    ),
    (
        re.compile(
            r"nothing examined, where the run before examined ([\d,]+) files: is the source mounted\?",
            re.ASCII | re.IGNORECASE,
        ),
        "source_empty",
    ),
)
_PLAIN = {
    "It started, then went silent: no end was ever reported": "went_silent",
    "It started; the result that followed came under another time": "result_elsewhere",
    "Duplicati said that this run ended, but its report with the result never came": "ended_unreported",
    "Duplicati said that this run failed": "failed_unreported",
}
# What a message of ours has, or a text that quotes one: the rest is read one by one.
_LIKE = (
    "%uccess, with % in the log%",
    "%could not be read%",
    "%is the source mounted?%",
    *(f"%{text}%" for text in _PLAIN),
)


def up(migrator: Any, db: Any) -> None:
    for table, column in (("run", "message"), ("job", "last_message")):
        for id, message in _found(db, f"SELECT id, {column} FROM {table}", column):
            _run(db, f"UPDATE {table} SET {column} = ? WHERE id = ?", coded(message), id)
    for id, reason in _found(db, "SELECT id, reason FROM transition", "reason"):
        if reason.startswith('[{"code":'):
            text = json.dumps(_converted(json.loads(reason)), ensure_ascii=False, separators=(",", ":"))
            _run(db, "UPDATE transition SET reason = ? WHERE id = ?", text, id)
    # Runs and jobs that a merge put away, and that its undoing brings back.
    for merge, kind, item, text in _found(
        db, "SELECT merge_id, kind, item, content FROM merge_row", "content"
    ):
        content = json.dumps(_converted(json.loads(text)), ensure_ascii=False)
        where = "merge_id = ? AND kind = ? AND item = ?"
        _run(db, f"UPDATE merge_row SET content = ? WHERE {where}", content, merge, kind, item)


def coded(message: str) -> str:
    """A message of ours as it is kept from now on; any other as it is."""
    found = [{"code": _PLAIN[message]}] if message in _PLAIN else [_code(p) for p in message.split("; ")]
    if not all(found):
        return message
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _code(part: str) -> dict[str, Any] | None:
    for pattern, code in _COUNTED:
        if found := pattern.fullmatch(part):
            return {"code": code, "number": int(found[1].replace(",", ""))}
    return None


def _converted(content: Any) -> Any:
    """The same JSON with each message of ours in it as it is kept from now on."""
    if isinstance(content, list):
        return [_converted(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        name: coded(value)
        if name in ("message", "last_message") and isinstance(value, str)
        else _converted(value)
        for name, value in content.items()
    }


def _found(db: Any, select: str, column: str) -> list[tuple[Any, ...]]:
    """The rows whose text may have such a message."""
    where = " OR ".join([f"{column} LIKE ?"] * len(_LIKE))
    return list(_run(db, f"{select} WHERE {where}", *_LIKE).fetchall())


def _run(db: Any, statement: str, *values: Any) -> Any:
    return db.execute_sql(statement.replace("?", db.param), values)
