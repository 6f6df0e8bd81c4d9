"""What a run's row keeps of its report beside its columns: counters, steps, facts."""

from typing import Any

from duplistat.core import restore_points
from duplistat.core.durations import known
from duplistat.core.report import Report, SubResult
from duplistat.core.times import to_ms


def details_of(report: Report, behind_ms: int | None) -> dict[str, Any]:
    """The `details` of a run; `behind_ms` is by how much its sender's clock is known to be behind ours."""
    details: dict[str, Any] = {}
    if behind_ms is not None:
        details["behind"] = behind_ms
    if report.numbers:
        details["numbers"] = dict(report.numbers)
    if report.sub_results:
        details["steps"] = [_step(result) for result in report.sub_results]
    if report.facts:
        details["facts"] = dict(report.facts)
    if report.log_omitted:
        details["log_omitted"] = report.log_omitted
    details |= restore_points.kept(report.restore_points)
    if report.approximate:
        details["approximate"] = list(report.approximate)
    if report.next_run is not None:
        details["next_run"] = to_ms(report.next_run)
    return details


def _step(result: SubResult) -> dict[str, Any]:
    return {
        "operation": result.operation,
        "status": result.status.value,
        "started_at": to_ms(result.started),
        "duration_ms": known(result.duration_ms),
        "numbers": dict(result.numbers),
        "problems": list(result.problems),
    }
