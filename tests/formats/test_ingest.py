"""What a script's post becomes, without a server."""

import json
from typing import Any

import pytest

from duplistat.core.report import LogLine, Report
from duplistat.formats import ingest

POST = {
    "deviceName": "web-01",
    "jobName": "nightly",
    "timestamp": "2026-01-28T02:00:00Z",
    "status": "Success",
    "message": "done",
}


def read(*, most: int = 100_000, **fields: Any) -> Report:
    return ingest.read_backup(json.dumps(POST | fields).encode(), max_log_lines=most)


@pytest.mark.parametrize("message", ["done", "done\nand more"])
def test_of_a_log_that_is_too_long_the_middle_is_left_out(message: str) -> None:
    all_lines = [*([message] if "\n" in message else []), *(f"line {n}" for n in range(20))]
    report = read(most=6, message=message, log="\n".join(f"line {n}" for n in range(20)))
    assert [line.text for line in report.log] == all_lines[:3] + all_lines[-3:]
    assert report.log_omitted == len(all_lines) - 6


@pytest.mark.parametrize("log", ["\n" * 10_000, [""] * 10_000])
def test_lines_that_are_left_out_cost_next_to_nothing(log: object, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def line(text: str, level: str = "") -> LogLine:
        made.append(text)
        return LogLine(text, level)

    monkeypatch.setattr(ingest, "LogLine", line)
    report = read(most=10, log=log)
    assert (len(report.log), report.log_omitted) == (10, 9_990)
    assert len(made) == 10
