"""The wrapper in bash of docs/scripts.md, with the real bash and curl: what it tells, and that it breaks nothing."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.support.machine import Machine, installed
from tests.support.serving import serving, until

WRAPPER = "A wrapper in bash"
# With quotes, a backslash, umlauts, a colour, a tab, a line end of Windows, and one line after the other.
UGLY = 'He said "no" \\n\n\x1b[31mrot\x1b[0m\tÜberstraße €\r\n{"a": 1}\n100 % "fertig"\n'
# A command that ends in its own way when it is asked to. Python sees a signal that comes just before a sleep only
# after it: hence many short ones.
TIDY = """
import os, signal, time
def end(*_):
    time.sleep(0.5)
    os.write(1, b"cleaned up\\n")
    os._exit(42)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
for _ in range(600):
    time.sleep(0.1)
"""
LINES = ['He said "no" \\n', "\x1b[31mrot\x1b[0m\tÜberstraße €", '{"a": 1}', '100 % "fertig"']


@pytest.fixture
def machine(machine: Machine) -> Machine:
    installed("bash", "curl")
    machine.save(WRAPPER, "backup-report")
    return machine


def printing(machine: Machine, content: bytes) -> str:
    """A file to print."""
    file = machine.home / "content"
    file.write_bytes(content)
    return str(file)


def test_a_success_is_told_with_its_last_line_its_log_and_how_long_it_took(machine: Machine) -> None:
    ran = machine.run("backup-report", "nightly", "sh", "-c", "echo first; sleep 1.1; echo copied 3 files")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"first\ncopied 3 files\n", b"")
    told = machine.only("nightly")
    assert told.how == ("success", "copied 3 files")
    assert told.log == ["first", "copied 3 files"]
    assert told.run.duration_ms is not None
    assert 1000 <= told.run.duration_ms <= 10_000


def test_running_is_told_first_and_with_the_same_time(machine: Machine) -> None:
    machine.run("backup-report", "nightly", "true")
    first, second = machine.only("nightly").posts
    assert (first["status"], second["status"]) == ("Running", "Success")
    assert first["timestamp"] == second["timestamp"]
    assert machine.devices() == [(first["deviceName"], "scripts")]


def test_running_is_told_first_when_that_takes_longer_than_the_command(machine: Machine) -> None:
    curl = shutil.which("curl")
    machine.stand_in("curl", f'[ -e once ] || {{ touch once; sleep 1; }}\nexec {curl} "$@"')
    machine.run("backup-report", "nightly", "true")
    assert [post["status"] for post in machine.only("nightly").posts] == ["Running", "Success"]


def test_a_run_is_seen_while_the_command_runs(machine: Machine) -> None:
    wait = "until [ -e go ]; do sleep 0.1; done"
    process = machine.start("backup-report", "nightly", "sh", "-c", wait)
    until(lambda: [told.how for told in machine.told("nightly")] == [("running", "started")], "Running")
    (machine.home / "go").touch()
    process.communicate(timeout=30)
    assert machine.only("nightly").how == ("success", "done")


@pytest.mark.parametrize("code", [1, 3, 77, 255])
def test_a_failure_is_told_and_its_exit_code_is_kept(machine: Machine, code: int) -> None:
    ran = machine.run("backup-report", "nightly", "sh", "-c", f"echo the disk is full >&2; exit {code}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, b"", b"the disk is full\n")
    assert machine.only("nightly").how == ("error", f"exit code {code}: the disk is full")


def test_a_failure_without_a_word_has_its_exit_code_as_message(machine: Machine) -> None:
    assert machine.run("backup-report", "nightly", "false").returncode == 1
    assert machine.only("nightly").how == ("error", "exit code 1")


def test_a_command_that_is_not_there_is_told(machine: Machine) -> None:
    assert machine.run("backup-report", "nightly", "no-such-program").returncode == 127
    told = machine.only("nightly")
    assert told.run.status == "error"
    assert "no-such-program: command not found" in told.run.message


@pytest.mark.parametrize(("code", "status"), [(23, "warning"), (24, "warning"), (2, "error"), (123, "error")])
def test_codes_that_are_warnings_are_told_as_such(machine: Machine, code: int, status: str) -> None:
    ran = machine.run("backup-report", "-w", "23|24", "nightly", "sh", "-c", f"exit {code}")
    assert ran.returncode == code
    assert machine.only("nightly").how == (status, f"exit code {code}")


@pytest.mark.parametrize("writer", ["jq", "python3"])
def test_output_of_any_kind_is_told_as_it_was(machine: Machine, writer: str) -> None:
    installed(writer)
    machine.without({"jq": "python3", "python3": "jq"}[writer])
    ran = machine.run("backup-report", "nightly", "cat", printing(machine, UGLY.encode()))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, UGLY.encode(), b"")
    told = machine.only("nightly")
    assert told.how == ("success", '100 % "fertig"')
    assert told.log == LINES


def test_without_jq_and_python_control_characters_become_blanks(machine: Machine) -> None:
    machine.without("jq", "python3")
    ran = machine.run("backup-report", "nightly", "cat", printing(machine, UGLY.encode()))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, UGLY.encode(), b"")
    told = machine.only("nightly")
    assert told.how == ("success", '100 % "fertig"')
    assert told.log == [line.replace("\x1b", " ").replace("\t", " ") for line in LINES]


@pytest.mark.parametrize("absent", [("python3",), ("jq",), ("jq", "python3")], ids="-".join)
def test_of_much_output_the_end_is_told_and_all_is_passed_on(
    machine: Machine, absent: tuple[str, ...]
) -> None:
    if "jq" not in absent:
        installed("jq")
    machine.without(*absent)
    # So long that the log begins in the middle of a line, and of a character: 64 KiB of three bytes each.
    content = ("€" * 99_999 + "\n" + 'ü"' * 1000 + "x\nthe end\n").encode()
    ran = machine.run("backup-report", "nightly", "cat", printing(machine, content))
    assert (ran.returncode, ran.stdout) == (0, content)
    told = machine.only("nightly")
    assert told.run.message == "the end"
    assert told.log[-2:] == ['ü"' * 1000 + "x", "the end"]
    assert set(told.log[0].strip("\ufffd")) == {"€"}
    assert 20_000 < len(told.log[0]) < 22_000


def test_of_many_lines_the_last_200_are_told(machine: Machine) -> None:
    machine.run("backup-report", "nightly", "seq", "20000")
    assert machine.only("nightly").log == [str(number) for number in range(19_801, 20_001)]


@pytest.mark.parametrize("absent", [("python3",), ("jq",), ("jq", "python3")], ids="-".join)
def test_output_that_is_no_text_is_told_somehow(machine: Machine, absent: tuple[str, ...]) -> None:
    machine.without(*absent)
    content = bytes(range(256)) * 40 + b"\nthe end\n"
    ran = machine.run("backup-report", "nightly", "cat", printing(machine, content))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, content, b"")
    assert machine.only("nightly").how == ("success", "the end")


@pytest.mark.parametrize("absent", [("python3",), ("jq",), ("jq", "python3")], ids="-".join)
def test_a_job_may_have_any_name(machine: Machine, absent: tuple[str, ...]) -> None:
    machine.without(*absent)
    name = 'Anna\'s "new" \\disk $(date) `id` %s äöü'
    assert machine.run("backup-report", name, "true").stderr == b""
    assert machine.only(name).how == ("success", "done")


def test_arguments_and_input_reach_the_command_as_they_were(machine: Machine) -> None:
    words = ["two words", "", "$HOME", "*", '"', "-w"]
    ran = machine.run(
        "backup-report", "nightly", "sh", "-c", 'printf "<%s>" "$@"; cat', "sh", *words, stdin=b"in"
    )
    assert ran.stdout == b'<two words><><$HOME><*><"><-w>in'


def test_both_streams_go_where_they_went_before(machine: Machine) -> None:
    ran = machine.run("backup-report", "nightly", "sh", "-c", "echo data; echo a warning >&2")
    assert (ran.stdout, ran.stderr) == (b"data\n", b"a warning\n")
    assert sorted(machine.only("nightly").log) == ["a warning", "data"]


def test_only_numbers_that_are_numbers_are_told(machine: Machine) -> None:
    numbers = 'files=12\nsize=0\nstorageUsed=007\nuploadedSize=1e3\nstatus="x"\nfiles=13; rm\n'
    command = f"printf '{numbers}' > \"$NUMBERS\""
    machine.run("backup-report", "nightly", "bash", "-c", command)
    run = machine.only("nightly").run
    assert (run.status, run.files, run.size, run.storage, run.uploaded) == ("success", 12, 0, None, None)


@pytest.mark.parametrize("code", [0, 9])
def test_a_server_that_is_down_changes_nothing(machine: Machine, code: int) -> None:
    machine.server_is_gone()
    machine.save(WRAPPER, "backup-report")
    began = time.monotonic()
    ran = machine.run("backup-report", "nightly", "sh", "-c", f"echo copied; exit {code}")
    assert (ran.returncode, ran.stdout) == (code, b"copied\n")
    assert ran.stderr.count(b"backup-report: duplistat was not told: ") == 2
    assert time.monotonic() - began < 10


def test_a_key_that_is_wrong_is_said_and_changes_nothing(machine: Machine) -> None:
    machine.keep_key("ds_wrong")
    ran = machine.run("backup-report", "nightly", "sh", "-c", "exit 9")
    assert (ran.returncode, ran.stderr.count(b" 401\n")) == (9, 2)
    assert machine.told("nightly") == []


def test_a_key_that_is_missing_is_said_and_changes_nothing(machine: Machine) -> None:
    (machine.home / ".duplistat-key").unlink()
    ran = machine.run("backup-report", "nightly", "sh", "-c", "exit 9")
    assert (ran.returncode, ran.stderr.count(b"was not told")) == (9, 2)


def test_without_curl_the_command_runs_all_the_same(machine: Machine) -> None:
    machine.without("curl")
    ran = machine.run("backup-report", "nightly", "bash", "-c", "echo copied; exit 9")
    assert (ran.returncode, ran.stdout) == (9, b"copied\n")
    assert b"curl: command not found" in ran.stderr


def test_what_the_server_refuses_is_said_with_its_reasons(machine: Machine) -> None:
    ran = machine.run("backup-report", " ", "true")
    assert ran.returncode == 0
    assert b'"field":"jobName"' in ran.stderr.replace(b" ", b"")


def test_without_room_for_a_log_the_command_runs_and_is_told(machine: Machine) -> None:
    command = ["backup-report", "nightly", "sh", "-c", "echo copied; exit 9"]
    ran = machine.run(*command, environment={"TMPDIR": "/nowhere"})
    assert (ran.returncode, ran.stdout) == (9, b"copied\n")
    assert machine.only("nightly").how == ("error", "exit code 9")


def test_nothing_is_left_in_the_folder_for_temporary_files(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    machine.run(
        "backup-report", "nightly", "sh", "-c", 'echo "$NUMBERS"', environment={"TMPDIR": str(folder)}
    )
    assert machine.only("nightly").run.message.startswith(str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_a_run_that_is_stopped_is_told_with_what_it_still_said(machine: Machine, end: signal.Signals) -> None:
    # As a terminal and systemd do, the signal goes to all: the wrapper, what copies the output, the command.
    command = ["backup-report", "nightly", sys.executable, "-c", TIDY]
    process = machine.start(*command, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    os.killpg(process.pid, end)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (42, b"cleaned up\n")
    assert machine.only("nightly").how == ("error", "exit code 42: cleaned up")


def test_without_a_command_it_says_how_it_is_used(machine: Machine) -> None:
    ran = machine.run("backup-report", "nightly")
    assert (ran.returncode, ran.stderr) == (2, b"usage: backup-report [-w CODES] JOB COMMAND...\n")


def test_after_a_429_it_waits_as_long_as_it_is_told_and_sends_again(tmp_path: Path) -> None:
    installed("bash", "curl")
    limits = {"DUPLISTAT_LIMITS_INGEST_PER_MINUTE": "30", "DUPLISTAT_LIMITS_INGEST_BURST": "1"}
    with serving(tmp_path / "data", **limits) as server:
        machine = Machine(tmp_path, server, "limited")
        machine.save(WRAPPER, "backup-report")
        name, _, key = (machine.home / ".duplistat-key").read_text().strip().partition(": ")
        post = f"{server.url}/api/ingest/backup"
        until(lambda: requests.post(post, b"{}", headers={name: key}, timeout=9).status_code == 429, "429")
        began = time.monotonic()
        ran = machine.run("backup-report", "nightly", "sh", "-c", "echo copied; exit 9")
        took = time.monotonic() - began
        assert (ran.returncode, ran.stderr) == (9, b"")
        assert [post["status"] for post in machine.only("nightly").posts] == ["Running", "Error"]
        assert machine.only("nightly").how == ("error", "exit code 9: copied")
        machine.db.close_all()
    assert 2 < took < 20


def test_a_pipe_of_which_the_first_part_fails_is_a_failure(machine: Machine) -> None:
    installed("gzip")
    machine.stand_in("pg_dump", "echo CREATE; echo 'pg_dump: error: connection failed' >&2; exit 1")
    assert machine.paste("A pipe in bash").returncode == 1
    assert machine.only("shop-db").how == ("error", "exit code 1: pg_dump: error: connection failed")
