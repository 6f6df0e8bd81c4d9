"""Evidence as files: JSON with all of it, and CSV with a line for each job, run, missed time, gap and proof.

Both are made piece by piece. `link` makes the address of a page of ours, or "".
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from duplistat.core import spreadsheet
from duplistat.core.alerts.evidence_facts import Head, JobFacts, Tail
from duplistat.core.times import from_ms, iso_ms

FORMAT = 1
Link = Callable[[str], str]
COLUMNS = (
    "record",
    "account",
    "server",
    "job",
    "job_id",
    "at",
    "ended_at",
    "what",
    "result",
    "expected",
    "ran",
    "good",
    "warning",
    "failed",
    "missed",
    "late",
    "newest_copy_max_age_s",
    "newest_copy_p95_age_s",
    "repair_mean_s",
    "schedule",
    "zone",
    "grace_s",
    "size",
    "duration_s",
    "reason",
    "by",
    "run",
    "delivery",
    "sha256",
    "link",
)
_AT = ("at", "begin", "end", "known_since")


def as_json(head: Head, records: Iterable[JobFacts], tail: Tail) -> Iterator[str]:
    """A JSON object without its end, which the seal brings. `tail` is read when the records have ended.

    Times are RFC 3339 in UTC, under the same names.
    """
    yield f'{{"format":{FORMAT},\n"head":{_json(head)},\n"jobs":['
    for number, record in enumerate(records):
        yield f"{',' if number else ''}\n{_json(record)}"
    yield f'\n],\n"tail":{_json(tail)}'


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(with_times(value), ensure_ascii=False, separators=(",", ":"))


def with_times(value: Any, name: str = "") -> Any:
    """Plain values with each time (ms) as programs read it."""
    if isinstance(value, Mapping):
        return {key: with_times(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [with_times(item, name) for item in value]
    is_time = name in _AT or name.endswith("_at")
    return iso_ms(from_ms(value)) if is_time and type(value) is int else value


def as_csv(head: Head, records: Iterable[JobFacts], tail: Tail, link: Link) -> Iterator[str]:
    """As `core.spreadsheet` makes it. The seal is its last line."""
    rows = _all_rows(head, records, tail, link)
    return spreadsheet.as_csv(COLUMNS, ([row.get(name) for name in COLUMNS] for row in rows))


def _all_rows(head: Head, records: Iterable[JobFacts], tail: Tail, link: Link) -> Iterator[Mapping[str, Any]]:
    yield {
        "record": "evidence",
        "account": head["account"],
        "at": _time(head["made_at"]),
        "what": f"{_time(head['begin'])} – {_time(head['end'])}",
        "reason": f"{head['generator']} {head['version']}, {head['zone']}",
    }
    for record in records:
        yield from _of_job(record, link)
    yield {
        "record": "end",
        "what": json.dumps({name: value for name, value in tail.items() if name != "deliveries_sha256"}),
        "sha256": tail["deliveries_sha256"],
    }


def _of_job(facts: JobFacts, link: Link) -> Iterator[Mapping[str, Any]]:
    job = {
        "account": facts["account"],
        "server": facts["server"],
        "job": facts["name"],
        "job_id": facts["id"],
    }
    counts, policy = facts["counts"], facts["policy"]
    yield {
        **job,
        "record": "job",
        **{name: counts[name] for name in ("expected", "ran", "good", "warning", "failed", "missed", "late")},
        "newest_copy_max_age_s": _seconds(facts["max_age_ms"]),
        "newest_copy_p95_age_s": _seconds(facts["p95_age_ms"]),
        "repair_mean_s": _seconds(facts["repair_mean_ms"]),
        "schedule": policy["schedule"],
        "zone": policy["zone"],
        "grace_s": _seconds(policy["grace_ms"]),
        "size": facts["protects"]["size"],
        "link": link(f"/jobs/{facts['id']}"),
    }
    for change in facts["policy_changes"]:
        yield {
            **job,
            "record": "change",
            "at": _time(change["at"]),
            "what": change["field"],
            "result": f"{change['before']} → {change['after']}",
            "by": change["by"],
        }
    for span in (*facts["quiet"], *facts["silences"]):
        yield {
            **job,
            "record": "quiet",
            "at": _time(span["begin"]),
            "ended_at": _time(span["end"]),
            "what": span["kind"],
            "reason": span["why"],
            "by": span["by"],
        }
    for gap in facts["gaps"]:
        yield {
            **job,
            "record": "gap",
            "at": _time(gap["begin"]),
            "ended_at": _time(gap["end"]),
            "what": gap["cause"],
            "failed": gap["failed"],
            "missed": gap["missed"],
            "reason": gap["message"] or gap["acknowledged_why"],
            "by": gap["acknowledged_by"],
            "run": gap["run"],
            "link": link(f"/runs/{gap['run']}") if gap["run"] is not None else "",
        }
    for at in facts["missed_at"]:
        yield {**job, "record": "missed", "at": _time(at), "result": "missed"}
    for alarm in facts["alarms"]:
        yield {
            **job,
            "record": "alarm",
            "at": _time(alarm["opened_at"]),
            "ended_at": _time(alarm["closed_at"]),
            "what": alarm["kind"],
            "result": alarm["how"],
            "reason": "; ".join(f"{told['channel']} {_time(told['at'])}" for told in alarm["told"]),
            "by": alarm["acknowledged_by"],
        }
    for proof in facts["proofs"]:
        yield {
            **job,
            "record": "proof",
            "at": _time(proof["at"]),
            "what": proof["kind"],
            "result": "good" if proof["good"] else "failed",
            "size": proof["size"],
            "duration_s": _seconds(proof["duration_ms"]),
            "reason": proof["message"],
            "run": proof["run"],
            "link": link(f"/runs/{proof['run']}"),
        }
    for run in facts["runs"]:
        first = run["deliveries"][0] if run["deliveries"] else None
        yield {
            **job,
            "record": "run",
            "at": _time(run["at"]),
            "ended_at": _time(run["ended_at"]),
            "what": run["status"],
            "result": run["outcome"],
            "size": run["size"],
            "duration_s": _seconds(run["duration_ms"]),
            "run": run["id"],
            "delivery": " ".join(str(delivery["id"]) for delivery in run["deliveries"]),
            "sha256": " ".join(delivery["sha256"] for delivery in run["deliveries"]),
            "link": link(f"/deliveries/{first['id']}" if first else f"/runs/{run['id']}"),
        }


def _time(at: int | None) -> str:
    return "" if at is None else iso_ms(from_ms(at))


def _seconds(ms: int | None) -> int | None:
    return None if ms is None else ms // 1000
