"""Backups that are run by run.py and report.sh: nothing of theirs changes, and no outcome is lost."""

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from duplistat.core.reason_words import message_of
from duplistat.store import runs
from duplistat.store.runs import Run
from tests.support.machine import Machine
from tests.support.serving import ROOT, Server, serving, until

PROGRAMS = ("run.py", "report.sh")


class Backups:
    """Runs commands by one of the programs, as it was fetched from a server."""

    def __init__(self, machine: Machine, server: Server, program: str) -> None:
        self.machine, self.server = machine, server
        self.name = program
        self.file = machine.home / program
        self.file.write_text(requests.get(f"{server.url}/{program}", timeout=30).text)
        state = machine.home / ".local/state/duplistat"
        self.spool = state / ("spool" if program == "run.py" else "shell")
        self.interpreter = [sys.executable] if program == "run.py" else ["dash"]

    def line(self, job: str, *command: str) -> list[str]:
        options = ["--server", "web", "--job", job] if self.file.suffix == ".py" else ["-s", "web", "-j", job]
        return [*self.interpreter, str(self.file), *options, "--", *command]

    def run(self, job: str, *command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return self.machine.run(*self.line(job, *command), environment=environment)

    def flush(self) -> subprocess.CompletedProcess[bytes]:
        return self.machine.run(*self.interpreter, str(self.file), "flush")

    def start(self, job: str, *command: str, **more: Any) -> subprocess.Popen[bytes]:
        return self.machine.start(*self.line(job, *command), **more)

    def waiting(self) -> list[str]:
        return sorted(file.name.partition(".")[2] for file in self.spool.glob("[0-9]*"))

    def told(self, job: str) -> list[Run]:
        """The runs of a job, the one that began first at first: some are told late."""
        return sorted(self.machine.runs_of(job), key=lambda run: run.order_at)

    def log(self, run: Run) -> list[str]:
        return [text for _, _, text, _ in runs.log_of(self.machine.db, run.id)]


@pytest.fixture(params=PROGRAMS)
def backups(request: pytest.FixtureRequest, machine: Machine, unlimited: Server) -> Backups:
    return Backups(machine, unlimited, request.param)


@pytest.fixture
def python(machine: Machine, unlimited: Server) -> Backups:
    return Backups(machine, unlimited, "run.py")


def test_what_a_command_prints_and_its_exit_code_are_passed_on_as_they_are(backups: Backups) -> None:
    script = r'read word; printf "%s\r\n\0\377" "$word"; echo wrong >&2; exit 3'
    done = backups.machine.run(*backups.line("files", "sh", "-c", script), stdin=b"in\nmore")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"in\r\n\0\xff", b"wrong\n")
    (run,) = backups.told("files")
    assert run.status == "error"
    # What it printed last is said as well: the two streams meet in either order.
    assert message_of(run.message).startswith("Exit code 3: ")
    assert [line for line in backups.log(run) if line.endswith("wrong")]
    assert run.duration_ms is not None
    assert run.started_at is not None
    assert backups.waiting() == []


def test_what_a_tool_says_of_its_run_is_understood(backups: Backups) -> None:
    output = ROOT / "tests/formats/outputs/restic/33_backup_json_0.18.0.jsonl"
    backups.machine.stand_in("restic", f"cat {output}")
    assert backups.run("data", "restic", "backup", "--json", "/srv").returncode == 0
    (run,) = backups.told("data")
    assert (run.status, run.files, run.size, run.is_backup) == ("success", 11, 1870001, 1)


def test_what_another_one_delivers_meanwhile_is_sent_whole_or_not_at_all(
    machine: Machine, unlimited: Server
) -> None:
    """Files of a report that are removed just before curl reads them, or before it is called."""
    backups = Backups(machine, unlimited, "report.sh")
    output = ROOT / "tests/formats/outputs/restic/33_backup_json_0.18.0.jsonl"
    backups.machine.stand_in("restic", f"cat {output}")
    delivered = f"rm -f {backups.spool}/*.end {backups.spool}/*.out"
    of_a_result = f'case "$*" in *exit=*) {delivered} ;; esac'
    backups.machine.stand_in("curl", f'{of_a_result}; PATH={os.environ["PATH"]} exec curl "$@"')
    done = backups.run("meanwhile", "restic", "backup", "--json", "/srv")
    assert (done.returncode, done.stderr) == (0, b"")
    # By this run, or by what it still does in the background.
    (run,) = until(lambda: backups.told("meanwhile"), "the report")
    assert (run.status, run.files) == ("success", 11)
    backups.machine.stand_in("curl", "exit 1")
    backups.machine.stand_in("cat", f'{delivered}; exec /bin/cat "$@"')
    backups.machine.stand_in("restic", "echo done")
    assert backups.run("before", "restic", "backup", "/srv").stderr == b""
    assert backups.told("before") == []
    until(lambda: not list(backups.spool.glob("copy-*")), "the copies to be removed")


def test_a_command_that_is_not_there_is_told_of(backups: Backups) -> None:
    done = backups.run("gone", "no-such-program")
    assert done.returncode == 127
    assert b"no-such-program" in done.stderr
    assert backups.told("gone")[0].status == "error"


def test_a_signal_that_ends_the_command_ends_it_as_in_a_shell(backups: Backups) -> None:
    assert backups.run("cut", "sh", "-c", "kill -TERM $$").returncode == 143
    assert backups.told("cut")[0].status == "interrupted"


def test_children_of_tests_begin_with_the_usual_signals() -> None:
    """As everything below needs it: what nohup has a program ignore its children ignore as well."""
    beginning = "import sys; sys.path.insert(0, sys.argv[1])"
    usual = "from tests.support.signals import default_in_children; default_in_children()"
    asking = "import subprocess; subprocess.run(['grep', 'SigIgn', '/proc/self/status'])"
    ignored: list[int] = []
    for code in (asking, f"{usual}; {asking}"):
        words = ["nohup", sys.executable, "-c", f"{beginning}; {code}", str(ROOT)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        ignored.append(int(done.stdout.split()[1], 16))
    hangup = 1 << (signal.SIGHUP - 1)
    assert [mask & hangup for mask in ignored] == [hangup, 0]


def test_signals_that_are_sent_to_it_reach_the_command(python: Backups) -> None:
    traps = "".join(f"trap 'echo {name}' {name};" for name in ("TERM", "INT", "HUP"))
    script = f"{traps} trap 'exit 5' USR1; echo ready; while :; do sleep 0.02; done"
    process = python.start("signals", "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    for name in ("TERM", "INT", "HUP"):
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.stdout.readline() == f"{name}\n".encode()
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=30)
    assert process.returncode == 5


def test_on_a_terminal_the_command_has_one_as_well_and_its_keys(python: Backups) -> None:
    asks = "test -t 0 && test -t 1 && test -t 2 && stty size; printf 'a\\tb\\n'"
    script = f"trap 'echo keyed' INT; {asks}; sleep 9; exit 4"
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.clear()
        os.environ.update(python.machine.environment())
        os.execv(sys.executable, python.line("tty", "sh", "-c", script))
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 4096):
            shown += piece
            if b"b\r\n" in shown and b"^C" not in shown:
                os.write(terminal, b"\x03")
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 4
    # Each line end is the terminal's own, once; the key arrived once.
    assert shown.replace(b"^C", b"") == b"0 0\r\na\tb\r\nkeyed\r\n"
    assert "keyed" in python.log(python.told("tty")[0])


def test_streams_that_are_closed_are_taken_for_no_file_of_ours(python: Backups) -> None:
    """The note of the run would be the first file to be opened, and what is printed would go into it."""
    shown = f"echo printed; echo wrong >&2; sleep 0.1; cat {python.spool}/*.run >&2; exit 3"
    line = python.line("closed", "sh", "-c", shown)
    done = python.machine.run("sh", "-c", 'exec "$@" >&-', "sh", *line)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"printed" not in done.stderr
    assert "printed" in python.log(python.told("closed")[0])


def test_who_reads_no_more_stops_the_command_as_ever(python: Backups) -> None:
    script = "trap '' PIPE; while echo y; do :; done 2>/dev/null; exit 6"
    with python.start("pipe", "sh", "-c", script) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(30) == 6


@pytest.mark.parametrize(
    "environment",
    [
        {"DUPLISTAT_URL": "nonsense"},
        {"DUPLISTAT_KEY_FILE": "/nonexistent"},
        {"HOME": "/proc/none", "TMPDIR": "/proc/none", "DUPLISTAT_KEY": "ds_wrong"},
        {"DUPLISTAT_SPOOL": "/dev/full", "DUPLISTAT_TIMEOUT": "0"},
    ],
    ids=["no-server", "no-key", "read-only", "no-time"],
)
def test_a_command_runs_whatever_is_wrong_with_us(backups: Backups, environment: dict[str, str]) -> None:
    done = backups.run("any", "sh", "-c", "echo done; exit 3", **environment)
    assert (done.returncode, done.stdout) == (3, b"done\n")
    assert b"Traceback" not in done.stderr


def test_nobody_waits_for_a_server_that_hangs(python: Backups) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        begun = time.monotonic()
        done = python.run("hang", "sh", "-c", "exit 3", DUPLISTAT_URL=url, DUPLISTAT_TIMEOUT="1")
        # By default it is 10 s, twice.
        assert 1 <= time.monotonic() - begun < 10
    assert done.returncode == 3
    assert python.waiting() == ["end"]


@contextlib.contextmanager
def killed(backups: Backups, job: str) -> Iterator[None]:
    """A run whose program is killed, and then its command."""
    process = backups.start(job, "sh", "-c", "echo $$; exec sleep 60")
    assert process.stdout is not None
    command = int(process.stdout.readline())
    until(lambda: "run" in backups.waiting(), "a note")
    process.kill()
    process.wait(30)
    try:
        yield
    finally:
        os.kill(command, signal.SIGKILL)
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def test_no_outcome_is_lost_when_anything_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DUPLISTAT_LIMITS_INGEST_PER_MINUTE="0") as server:
        machine = Machine(tmp_path, server, "it")
        both = [Backups(machine, server, program) for program in PROGRAMS]
        server.kill()
        for backups in both:
            away = backups.run(f"away {backups.name}", "sh", "-c", "echo printed; exit 3")
            assert away.returncode == 3
            assert b"kept for the next run" in away.stderr
            # With the reason, as the program that connects has it.
            assert (b"curl: (7)" if backups.name == "report.sh" else b"refused") in away.stderr
            with killed(backups, f"killed {backups.name}"):
                assert backups.flush().returncode == 1
        over = time.time()
        server.start()
        for backups in both:
            assert backups.run(f"next {backups.name}", "true").returncode == 0
            assert backups.flush().returncode == 0
            assert backups.waiting() == []
            # Whatever was sent again is the same run.
            jobs = [backups.told(f"{job} {backups.name}") for job in ("away", "killed", "next")]
            assert [[run.status for run in job] for job in jobs] == [["error"], ["interrupted"], ["success"]]
            (failed,) = jobs[0]
            assert failed.ended_at is not None
            assert failed.ended_at <= over * 1000 < failed.received_at
            assert "printed" in backups.log(failed)
        machine.db.close_all()


def test_the_command_does_the_same_and_leaves_the_mask_of_files_alone(python: Backups) -> None:
    line = [sys.executable, "-m", "duplistat", "run", "--server", "web", "--job", "cli", "--quiet", "--"]
    more = {"PYTHONPATH": str(ROOT), "DUPLISTAT_URL": python.server.url}
    done = python.machine.run(
        "sh", "-c", 'umask 027; exec "$@"', "sh", *line, "sh", "-c", "umask; exit 9", environment=more
    )
    assert (done.returncode, done.stdout, done.stderr) == (9, b"0027\n", b"")
    assert python.told("cli")[0].status == "error"
    flush = [sys.executable, "-m", "duplistat", "spool", "flush"]
    done = python.machine.run(*flush, environment=more)
    assert (done.returncode, done.stderr) == (0, b"duplistat: delivered: 0; left: 0\n")


def test_the_key_is_in_the_arguments_of_no_process(machine: Machine, unlimited: Server) -> None:
    backups = Backups(machine, unlimited, "report.sh")
    key = (machine.home / ".duplistat-key").read_text().split()[1]
    machine.stand_in("curl", f'echo "$@" >> {machine.home}/arguments; exec /usr/bin/curl "$@"')
    assert backups.run("secret", "true").returncode == 0
    said = (machine.home / "arguments").read_text()
    assert "/api/report?" in said
    assert key not in said
    assert backups.told("secret")[0].status == "success"
