"""Outputs of backup tools as they were recorded, and what is read from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duplistat.core.report import Report
from duplistat.core.tool_output import Output, Reading, Told

FOLDER = Path(__file__).parents[1] / "formats" / "outputs"
# Some minutes after the runs that were recorded.
RECEIVED = datetime(2026, 11, 28, 15, 40, tzinfo=UTC)

Read = Callable[[Output, Told], Reading | None]


@dataclass(frozen=True)
class Case:
    """Files of one run, its exit code, and what they mean; `values` are fields of the report."""

    files: str
    exit: int | None
    recognised: str
    status: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    # Where the output does not say what it was.
    operation: str = ""
    # How it ended as far as the output alone knows; "" for the same.
    alone: str = ""

    def output(self, tool: str) -> Output:
        return Output("\n".join(text(tool, name) for name in self.files.split()))

    def told(self, code: int | None) -> Told:
        return Told(code, RECEIVED, self.operation)

    @property
    def without_code(self) -> str:
        return self.alone or self.status


def text(tool: str, name: str) -> str:
    """A recorded output."""
    return (FOLDER / tool / name).read_bytes().decode("utf-8", errors="replace")


def values_of(report: Report, names: dict[str, Any]) -> dict[str, Any]:
    """Those fields of a report that a case names; times as ISO 8601."""
    found = {name: getattr(report, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()
    }


def check(read: Read, tool: str, case: Case) -> None:
    """Fail unless the case means what it says, with its exit code and without."""
    for code, status in ((case.exit, case.status), (None, case.without_code)):
        reading = read(case.output(tool), case.told(code))
        assert reading is not None
        assert reading.recognised == case.recognised
        assert [report.status for report in reading.reports] == ([status] if status else [])
        for report in reading.reports:
            assert values_of(report, case.values) == case.values


def recorded(tool: str) -> set[str]:
    """The files of a tool."""
    return {file.name for file in (FOLDER / tool).iterdir()}


def named(cases: tuple[Case, ...]) -> set[str]:
    """The files that cases name."""
    return {name for case in cases for name in case.files.split()}
