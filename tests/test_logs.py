"""What is logged: one line each, in which names that others gave cannot act on a terminal."""

import json
import logging
from collections.abc import Iterator

import pytest

from duplistat import logs
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
