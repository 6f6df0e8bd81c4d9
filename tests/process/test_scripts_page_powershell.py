"""The lines in PowerShell of docs/scripts.md. They run where there is a `pwsh`."""

import json
import time

import pytest

from duplistat.services.access.api_keys import Scope
from tests.support.machine import Machine, installed

WRAPPER = "A wrapper in PowerShell"


@pytest.fixture
def machine(machine: Machine) -> Machine:
    installed("pwsh")
    machine.save(WRAPPER, "backup-report.ps1")
    return machine


def reporting(command: str, more: str = "") -> str:
    return f'& "$PSScriptRoot/backup-report.ps1" nightly {{ {command} }} {more}\nexit $LASTEXITCODE\n'


def test_a_key_that_is_pasted_into_powershell_is_kept(machine: Machine) -> None:
    key = machine.make_key(Scope.ADMIN)
    machine.powershell(machine.pasted("Keep it in PowerShell"), stdin=f"{key}\n".encode())
    assert (machine.home / ".duplistat-key").read_text() == f"X-Api-Key: {key}\n"


def test_one_line_in_powershell(machine: Machine) -> None:
    ran = machine.powershell(machine.pasted("One line in PowerShell"))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert machine.only("nightly").how == ("success", "done")


def test_powershell_tells_running_and_then_the_result(machine: Machine) -> None:
    ran = machine.powershell(reporting("sh -c 'echo first; sleep 1.1; echo said \"ü\"'"))
    assert (ran.returncode, ran.stdout.decode().splitlines()) == (0, ["first", "said ü"])
    told = machine.only("nightly")
    assert told.how == ("success", "said ü")
    assert told.log == ["first", "said ü"]
    assert [post["status"] for post in told.posts] == ["Running", "Success"]
    assert len({post["timestamp"] for post in told.posts}) == 1
    assert told.run.duration_ms is not None
    assert told.run.duration_ms >= 1000


@pytest.mark.parametrize("code", [1, 3, 77])
def test_powershell_keeps_the_exit_code(machine: Machine, code: int) -> None:
    assert machine.powershell(reporting(f"sh -c 'echo full >&2; exit {code}'")).returncode == code
    assert machine.only("nightly").how == ("error", f"exit code {code}: full")


def test_what_a_program_says_on_standard_error_is_no_failure(machine: Machine) -> None:
    assert machine.powershell(reporting("sh -c 'echo a hint >&2'")).returncode == 0
    assert machine.only("nightly").how == ("success", "a hint")


@pytest.mark.parametrize("command", ["Get-Item /no/such/file", "throw 'no disk'"], ids=["error", "exception"])
def test_an_error_of_powershell_itself_is_a_failure(machine: Machine, command: str) -> None:
    assert machine.powershell(reporting(command)).returncode == 1
    assert machine.only("nightly").run.status == "error"


def test_powershell_without_the_server_keeps_the_exit_code(machine: Machine) -> None:
    machine.server_is_gone()
    machine.save(WRAPPER, "backup-report.ps1")
    began = time.monotonic()
    ran = machine.powershell(reporting("sh -c 'exit 9'"))
    assert (ran.returncode, ran.stderr.count(b"backup-report: duplistat was not told: ")) == (9, 2)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0, "success"),
        (1, "success"),
        (3, "success"),
        (4, "warning"),
        (7, "warning"),
        (8, "error"),
        (16, "error"),
    ],
)
def test_robocopy_is_told_by_its_odd_exit_codes(machine: Machine, code: int, status: str) -> None:
    machine.stand_in("robocopy", f"echo '   Ended : Wednesday'; exit {code}")
    assert machine.powershell(machine.pasted("robocopy")).returncode == code
    assert machine.only("photos").run.status == status


def test_disk_space_in_powershell_is_told_of_full_disks_only(machine: Machine) -> None:
    ran = machine.powershell(machine.pasted("Disk space in PowerShell").replace("-ge 10", "-gt 100"))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert {event[1:3] for event in machine.events()} == {("warning", "disk_space_low")}


def test_counts_in_powershell(machine: Machine) -> None:
    machine.keep_key(machine.make_key(Scope.READ), ".duplistat-read-key")
    machine.powershell(reporting("sh -c 'exit 0'"))
    ran = machine.powershell(machine.pasted("Counts in PowerShell"))
    assert ran.stdout.decode().strip() == "1 ok, 0 warnings, 0 errors, 0 other"


def test_output_with_quotes_is_told_by_powershell_as_it_was(machine: Machine) -> None:
    text = 'He said "no" \\n \x1b[31mrot\x1b[0m\tÜberstraße €'
    (machine.home / "content").write_text(f"{text}\nthe end\n", "utf-8")
    machine.powershell(reporting("cat content"))
    told = machine.only("nightly")
    assert told.log == [text, "the end"]
    assert json.dumps(told.posts[-1]["log"]) == json.dumps(f"{text}\nthe end")
