"""A machine on which an admin pastes what docs/scripts.md shows: a home, a folder in PATH, and a key of an account."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.reason_words import message_of
from duplistat.now import wall_clock
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.store import accounts, deliveries, runs
from duplistat.store.database import Database
from tests.support.serving import ROOT, Server, free_port, run

PAGE = ROOT / "docs" / "scripts.md"
ADDRESS = "http://HOST:9666"
LANGUAGES = ("bash", "powershell", "python")
# Without jq and Python: what the page says that the wrapper needs, and what tests run with it.
PLAIN = [
    "bash",
    "cat",
    "curl",
    "date",
    "env",
    "mktemp",
    "rm",
    "sed",
    "sleep",
    "tail",
    "tee",
    "tr",
    "true",
    "wc",
]

_PART = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.M | re.S)


def named_blocks() -> list[tuple[str, str]]:
    """(heading above it, code) of each block that can be run, in order."""
    found, heading = [], ""
    for part in _PART.finditer(PAGE.read_text("utf-8")):
        if part["heading"]:
            heading = part["heading"]
        elif part["language"] in LANGUAGES:
            found.append((heading, part["code"]))
    return found


def block(heading: str) -> str:
    return dict(named_blocks())[heading]


def installed(*programs: str) -> None:
    """Skip the test where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")


@dataclass(frozen=True, slots=True)
class Told:
    """A run as the server has it, and what was posted of it, in order."""

    run: runs.Run
    log: list[str]
    posts: list[dict[str, Any]]

    @property
    def how(self) -> tuple[str, str]:
        return self.run.status, message_of(self.run.message)


class Machine:
    def __init__(self, folder: Path, server: Server, name: str) -> None:
        self.home, self.bin, self.backups = folder / "home", folder / "bin", folder / "backup"
        for made in (self.home, self.bin, self.backups):
            made.mkdir(parents=True)
        self.url, self.name = server.url, name
        self._data = server.data
        self.path = f"{self.bin}:/usr/local/bin:/usr/bin:/bin"
        self.db = Database(f"sqlite:///{server.data / 'duplistat.db'}")
        self._now = wall_clock()
        account = accounts.create(self.db, name, None, self._now)
        assert account is not None
        self.account = account.id
        self.keep_key(self.make_key(Scope.INGEST))

    def make_key(self, scope: Scope) -> str:
        """A key of this machine's account."""
        return api_keys.create(self.db, account=self.account, name=scope, scopes=[scope], now=self._now)

    def ping_urls(self, job: str) -> tuple[str, str]:
        """The ping URL and the push URL of a job of the server web-01, as `duplistat ping create` makes them."""
        given = ("--server", "web-01", "--job", job, "--account", self.name, "--data", str(self._data))
        made = run("ping", "create", *given).stdout.split()
        ping, push = (self.url + url[url.index("/", 8) :] for url in made if "://" in url)
        return ping, push

    def ping_key(self) -> str:
        """A ping key of this machine's account."""
        return run("ping", "key", "--account", self.name, "--data", str(self._data)).stdout.split()[-1]

    def keep_key(self, key: str, name: str = ".duplistat-key") -> None:
        (self.home / name).write_text(f"X-Api-Key: {key}\n")

    def pasted(self, heading: str) -> str:
        """A block of the page with this server's address, and a folder of the test for backups."""
        return block(heading).replace(ADDRESS, self.url).replace("/backup/", f"{self.backups}/")

    @staticmethod
    def page() -> str:
        return PAGE.read_text("utf-8")

    def save(self, heading: str, name: str) -> Path:
        """Put a block into a file in PATH."""
        file = self.bin / name
        file.write_text(self.pasted(heading))
        file.chmod(0o755)
        return file

    def stand_in(self, name: str, script: str) -> None:
        """A program that plays another one."""
        file = self.bin / name
        file.write_text(f"#!/usr/bin/env bash\n{script}\n")
        file.chmod(0o755)

    def without(self, *absent: str) -> None:
        """Only what the page asks for is in PATH, besides jq and Python, and not what is `absent`."""
        self.path = str(self.bin)
        programs = {name: shutil.which(name) for name in (*PLAIN, "jq")}
        programs["python3"] = os.path.realpath(sys.executable)
        for name, program in programs.items():
            if name not in absent and program is not None:
                (self.bin / name).symlink_to(program)

    def server_is_gone(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"

    def environment(self, **more: str) -> dict[str, str]:
        """Little, as cron gives it."""
        return {"HOME": str(self.home), "PATH": self.path} | more

    def start(self, *command: str, **more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def run(
        self, *command: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            env=self.environment(**(environment or {})),
            cwd=self.home,
            input=stdin,
            capture_output=True,
            timeout=90,
            check=False,
        )

    def paste(self, heading: str, *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a block of bash as it stands."""
        return self.run("bash", "-c", self.pasted(heading), stdin=stdin)

    def python(self, code: str) -> subprocess.CompletedProcess[bytes]:
        (self.bin / "script.py").write_text(code)
        return self.run(sys.executable, str(self.bin / "script.py"))

    def powershell(self, code: str, *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        installed("pwsh")
        (self.bin / "script.ps1").write_text(code, "utf-8-sig")
        return self.run("pwsh", "-NoProfile", "-File", str(self.bin / "script.ps1"), stdin=stdin)

    def runs_of(self, job: str) -> list[runs.Run]:
        """The runs of a job, oldest first."""
        rows = self.db.rows(
            "SELECT r.id FROM run r JOIN job j ON j.id = r.job_id"
            " WHERE j.account_id = ? AND j.name = ? ORDER BY r.id",
            (self.account, job),
        )
        return [found for row in rows if (found := runs.get(self.db, row[0])) is not None]

    def told(self, job: str) -> list[Told]:
        """The same, with what was posted of each as JSON."""
        return [self._told(run) for run in self.runs_of(job)]

    def only(self, job: str) -> Told:
        """The one run that there is of a job."""
        (told,) = self.told(job)
        return told

    def _told(self, run: runs.Run) -> Told:
        bodies = [deliveries.body_of(self.db, d.id) for d in deliveries.of_run(self.db, run.id)]
        log = [text for _, _, text, _ in runs.log_of(self.db, run.id)]
        return Told(run, log, [json.loads(body.decode("utf-8", "replace")) for body in bodies])

    def events(self) -> list[tuple[str, str, str, str]]:
        """(device, severity, type, message) of each event."""
        return [
            (str(device), str(severity), str(type), str(message))
            for device, severity, type, message in self.db.rows(
                "SELECT s.name, e.severity, e.type, e.message FROM event e JOIN server s ON s.id = e.server_id"
                " WHERE e.account_id = ? ORDER BY e.id",
                (self.account,),
            )
        ]

    def devices(self) -> list[tuple[str, str]]:
        """(name, sender) of each device."""
        rows = self.db.rows(
            "SELECT name, sender FROM server WHERE account_id = ? ORDER BY id", (self.account,)
        )
        return [(str(name), str(sender)) for name, sender in rows]
