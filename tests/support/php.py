"""PHP, and the examples of BackupRun's documentation as it can run them: see tests/process/php/README.md."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

EXAMPLES = Path(__file__).parent.parent / "process" / "php"
BEFORE = EXAMPLES / "seed.php"
ADDRESS = "https://www.backuprun.com/api.php"
OPENING, RUNNABLE = "<!--?php\n", "<?php namespace seed;\n"
# What PHP has to say of a script is an error here.
LOUD = ["-d", "display_errors=stderr", "-d", "log_errors=0", "-d", "error_reporting=-1"]


def program() -> str:
    """The path of PHP with curl; where one of them is missing the test is skipped, in CI it fails."""
    php = shutil.which("php")
    modules = subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout if php else ""
    if php is None or "curl" not in modules.splitlines():
        missing = (
            "there is no PHP with curl: apt-get install php-cli php-curl, and clients in PHP are tested too"
        )
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return php


def run(php: str, text: str, folder: Path, *, before: Path | None = None, **more: str) -> str:
    """What a script prints in a folder; it must end well, without a warning. `before` is what runs before it."""
    # A proxy of the machine would not find our server.
    environment = os.environ | {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"} | more
    prepended = ["-d", f"auto_prepend_file={before}"] if before else []
    ran = subprocess.run(
        [php, *LOUD, *prepended],
        input=text,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    return ran.stdout


def is_php(php: str, text: str) -> bool:
    """Whether PHP can parse a script."""
    linted = subprocess.run([php, "-l"], input=text, capture_output=True, text=True, timeout=60, check=False)
    return linted.returncode == 0


def example(name: str) -> str:
    """An example as a script: without line numbers, and opened as PHP is."""
    text = re.sub(r"^\d+ ", "", (EXAMPLES / f"{name}.php.txt").read_text("utf-8"), flags=re.MULTILINE)
    return replaced(text, {OPENING: RUNNABLE})


def replaced(text: str, changes: dict[str, str]) -> str:
    """A text with each of these replaced, which must stand in it once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old} in {text}"
        text = text.replace(old, new)
    return text


class Answer(NamedTuple):
    """What /api.php answered; `code` is "" when all went well."""

    code: str
    elements: list[Element]


class Client:
    """Somebody with PHP and a folder for cookies."""

    def __init__(self, php: str, url: str, folder: Path) -> None:
        self.php = php
        self.url = url
        self.folder = folder
        # The examples that were run.
        self.ran: set[str] = set()

    def run(
        self, name: str, changes: dict[str, str] | None = None, jar: str = "jar"
    ) -> tuple[str, list[str]]:
        """Run an example: what it prints, and the answers that it got. Without a `jar` it keeps its cookies."""
        self.ran.add(name)
        text = replaced(example(name), {ADDRESS: f"{self.url}/api.php"} | (changes or {}))
        answers = self.folder / "answers"
        answers.unlink(missing_ok=True)
        kept = str(self.folder / jar) if jar else ""
        printed = run(self.php, text, self.folder, before=BEFORE, JAR=kept, ANSWERS=str(answers))
        return printed, answers.read_text("utf-8").split("\0")[:-1]

    def answer(self, name: str, changes: dict[str, str] | None = None, jar: str = "jar") -> Answer:
        """Run an example that prints nothing: the one answer that it got."""
        printed, (text,) = self.run(name, changes, jar)
        assert printed == ""
        root = ElementTree.fromstring(text)
        assert (root.tag, root[0].tag) == ("response", "status")
        code = root[0].get("code", "")
        assert root[0].get("value") == ("error" if code else "ok")
        return Answer(code, root[1:])

    def ok(self, name: str, changes: dict[str, str] | None = None, jar: str = "jar") -> list[Element]:
        """The elements behind the status of an answer that is ok."""
        code, elements = self.answer(name, changes, jar)
        assert code == ""
        return elements
