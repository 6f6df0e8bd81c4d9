"""`make demo`: a server that calls simulated agents, and nothing of either is left when it ends."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests

from duplistat.store import services
from duplistat.store.database import Database
from duplistat.store.services import Service
from tests.support.demo_agents import EMAIL, FULL
from tests.support.serving import PATIENCE_AT_START, ROOT, answers, environment, free_port, run, until


class Demo:
    """A demo in a process group of its own; `make demo` without a fleet."""

    def __init__(self, data: Path) -> None:
        self.data, self.log = data, data.with_name("log")
        self.url, self.port = "", 0

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = ["--data", str(self.data), "--port", str(self.port), "--workers", "1"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.demo_agents", *arguments],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self.answers, f"an answer; {self.log} says why there is none", PATIENCE_AT_START)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.output()
        return answers(self.port)

    def output(self) -> str:
        return self.log.read_text()

    def services(self) -> dict[str, Service]:
        db = Database(f"sqlite:///{self.data}/duplistat.db", read_only=True)
        with contextlib.closing(db):
            return {service.name: service for service in services.visible(db, [1])}

    def jobs(self, server: str) -> dict[str, str]:
        """The status of the last run of each job of a server."""
        response = requests.get(f"{self.url}/api/lastbackups/{server}", timeout=10)
        found = response.json()["data"]["backups"] if response.ok else []
        return {backup["name"]: backup["status"] for backup in found}

    def end(self, number: signal.Signals) -> None:
        """Send the whole group a signal, as a terminal does."""
        os.killpg(self.process.pid, number)
        self.process.wait(30)

    def left(self) -> list[int]:
        """What still runs of it."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                state, _, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if state != "Z" and int(group) == self.process.pid:
                    found.append(int(entry.name))
        return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "data")
    try:
        demo.start()
        yield demo
    finally:
        # Also when it did not start in time: what is left would keep the machine busy.
        with contextlib.suppress(ProcessLookupError):
            demo.end(signal.SIGKILL)


@pytest.mark.long
def test_agents_are_collected_from_and_started_and_their_problems_are_told(demo: Demo) -> None:
    until(lambda: len(demo.jobs("nas-attic")) == 2, "jobs that were collected")
    until(lambda: len(demo.jobs("DENTAL-PC")) == 2, "the jobs of the older agent")
    assert demo.jobs("nas-attic") == {"Photos": "success", "Documents": "success"}
    assert demo.jobs("DENTAL-PC") == {"Patient files": "success", "X-ray images": "fatal"}
    until(lambda: demo.services()["lab-vm"].problem, "a problem")
    found = demo.services()
    assert "password" in found["shop-server"].problem
    assert "500" in found["lab-vm"].problem
    assert (found["nas-attic"].problem, found["DENTAL-PC"].problem) == ("", "")
    listed = run("service", "list", "--data", str(demo.data)).stdout
    assert listed.count("not reached") >= 2
    password = re.search(rf"{EMAIL} with the password (\S+)", demo.output())
    assert password is not None
    with requests.Session() as person:
        login = {"apiCALL": "login", "email": EMAIL, "password": password[1]}
        assert 'value="ok"' in person.post(f"{demo.url}/api.php", data=login, timeout=10).text
        start = {"apiCALL": "runPolicy", "service_id": found["DENTAL-PC"].number}
        assert 'value="ok"' in person.post(f"{demo.url}/api.php", data=start, timeout=10).text

        def running() -> bool:
            status = person.post(f"{demo.url}/api.php", data={"apiCALL": "getStatus"}, timeout=10).text
            (agent,) = ElementTree.fromstring(status).findall("account/agent[@name='DENTAL-PC']")
            return agent.attrib["running"] == "1"

        until(running, "a run")
    until(lambda: FULL in demo.services()["DENTAL-PC"].problem, "the end of the run", patience=90)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_it_and_it_starts_again(demo: Demo, number: signal.Signals) -> None:
    until(lambda: demo.services()["nas-attic"].collected_at, "a first collection")
    before = demo.services()
    demo.end(number)
    until(lambda: not demo.left(), "the end of everything")
    demo.start()
    until(
        lambda: demo.services()["nas-attic"].collected_at != before["nas-attic"].collected_at,
        "another collection",
    )
    assert demo.services().keys() == before.keys()
    db = Database(f"sqlite:///{demo.data}/duplistat.db", read_only=True)
    with contextlib.closing(db):
        assert db.rows("SELECT 1 FROM run GROUP BY job_id, started_at HAVING count(*) > 1") == []
        assert db.rows("SELECT count(*) FROM run")[0][0] > 30


def test_agents_do_not_outlive_a_server_that_was_killed(demo: Demo) -> None:
    # The first answer may come before a companion has started.
    until(lambda: len(demo.left()) >= 5, "all of its processes")
    os.kill(demo.process.pid, signal.SIGKILL)
    demo.process.wait(30)
    until(lambda: not demo.left(), "the end of everything")


def test_another_demo_leaves_one_that_runs_alone(demo: Demo) -> None:
    before = {name: service.port for name, service in demo.services().items()}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.demo_agents", "--data", str(demo.data), "--port", "1"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, "serves the data folder" in ended.stderr) == (2, True)
    assert {name: service.port for name, service in demo.services().items()} == before
