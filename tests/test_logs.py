"""What is logged: one line each, in which names that others gave cannot act on a terminal."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duplistat import log_file, logs
from duplistat.config import Log

EVIL = "\x1b[2J\x9b31m\x7f\u202e\nERROR root[1]: all is lost"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def logged(capsys: pytest.CaptureFixture[str], format: str, *, error: bool = False) -> str:
    logs.set_up(Log(format=format))
    try:
        raise ValueError(EVIL) if error else KeyError
    except KeyError:
        logging.getLogger("duplistat.x").warning("a job %s", EVIL)
    except ValueError:
        logging.getLogger("duplistat.x").exception("a job %s", EVIL)
    return capsys.readouterr().err


def test_a_name_cannot_act_nor_begin_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = logged(capsys, "text").splitlines()
    assert line.endswith("a job \\u001b[2J\\u009b31m\\u007f\\u202e\\nERROR root[1]: all is lost")


def test_nor_can_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(capsys, "text", error=True)
    assert "ValueError: \\u001b[2J\\u009b31m\\u007f\\u202e" in text
    assert not any(character in text for character in "\x1b\x9b\x7f\u202e")


@pytest.mark.parametrize("error", [False, True])
def test_json_says_the_same_in_its_own_escapes(capsys: pytest.CaptureFixture[str], error: bool) -> None:
    (line,) = logged(capsys, "json", error=error).splitlines()
    assert not any(character in line for character in "\x1b\x9b\x7f\u202e")
    content = json.loads(line)
    assert content["message"] == f"a job {EVIL}"
    assert ("trace" in content) is error


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_file.lines(folder)]


def test_what_is_logged_is_kept_for_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(Log(), tmp_path)
    logging.getLogger("duplistat.x").warning("a job %s", EVIL)
    try:
        raise ValueError(EVIL)
    except ValueError:
        logging.getLogger("duplistat.x").exception("failed")
    first, second = kept(tmp_path)
    assert (first["message"], first["level"], first["role"]) == (f"a job {EVIL}", "warning", "server")
    assert "ValueError" in second["trace"]
    assert (tmp_path / log_file.NAME).stat().st_mode & 0o777 == 0o600
    assert "a job" in capsys.readouterr().err


def test_no_more_is_kept_than_is_set(tmp_path: Path) -> None:
    logs.set_up(Log(keep_bytes=20_000), tmp_path)
    for number in range(500):
        logging.getLogger("duplistat.x").warning("line %d %s", number, "x" * 100)
    sizes = [(tmp_path / name).stat().st_size for name in (log_file.NAME, log_file.BEFORE)]
    assert all(size < 10_500 for size in sizes)
    messages = [line["message"].split()[1] for line in kept(tmp_path)]
    assert messages == [str(number) for number in range(500 - len(messages), 500)]
    assert len(messages) > 40


WRITING = """
import logging, sys
from pathlib import Path
from duplistat import logs
from duplistat.config import Log
logs.set_up(Log(keep_bytes=1 << 20), Path(sys.argv[1]))
logs.name_process(sys.argv[2])
for number in range(500):
    logging.getLogger("duplistat.x").warning("%d", number)
"""


def test_several_processes_write_to_one_log_and_none_of_their_lines_is_lost(tmp_path: Path) -> None:
    roles = ("worker", "scheduler")
    writing = [
        subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path), role], stderr=subprocess.DEVNULL)
        for role in roles
    ]
    assert [process.wait(60) for process in writing] == [0, 0]
    for role in roles:
        own = [int(line["message"]) for line in kept(tmp_path) if line["role"] == role]
        assert own == [*range(500)]


def test_a_line_that_is_too_long_is_cut(tmp_path: Path) -> None:
    logs.set_up(Log(), tmp_path)
    logging.getLogger("duplistat.x").warning("x" * 1_000_000)
    ((line,), (raw,)) = kept(tmp_path), log_file.lines(tmp_path)
    assert line["message"].endswith("x…")
    assert len(raw) < log_file.LONGEST


def test_a_log_that_cannot_be_kept_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(Log(), tmp_path / "not there")
    logging.getLogger("duplistat.x").warning("a line")
    assert "a line" in capsys.readouterr().err
    logs.set_up(Log(keep_bytes=0), tmp_path)
    logging.getLogger("duplistat.x").warning("a line")
    assert kept(tmp_path) == []
