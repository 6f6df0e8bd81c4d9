"""The lines of docs/scripts.md, run as they stand: only the address and the key are others."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from duplistat.services.access.api_keys import Scope
from tests.support.machine import LANGUAGES, Machine, block, installed, named_blocks
from tests.support.serving import serving, until

HERE = Path(__file__)
DISK = 'Anna\'s "new" disk'
UPTIME = 'He said "no" \\n\tünd\nsecond line'


@pytest.fixture
def machine(machine: Machine) -> Machine:
    installed("bash", "curl")
    return machine


@pytest.fixture
def wrapped(machine: Machine) -> Machine:
    """With the wrapper in Python beside its scripts."""
    machine.save("A wrapper in Python", "backup_report.py")
    return machine


def test_each_block_that_can_be_run_has_a_name_of_its_own() -> None:
    names = [heading for heading, _ in named_blocks()]
    assert len(names) >= 20
    assert sorted(set(names)) == sorted(names)


def test_each_block_that_can_be_run_is_run_by_a_test() -> None:
    tests = "".join(file.read_text("utf-8") for file in HERE.parent.glob("test_scripts_page*.py"))
    assert [heading for heading, _ in named_blocks() if f'"{heading}"' not in tests] == []


def test_no_block_of_code_is_in_a_language_that_nobody_runs() -> None:
    page = Machine.page()
    fences = {line.removeprefix("```") for line in page.splitlines() if line.strip().startswith("```")}
    assert fences == {"", "sh", *LANGUAGES}


# A key.


def test_a_key_that_is_pasted_is_kept_for_its_owner_only(machine: Machine) -> None:
    kept = machine.home / ".duplistat-key"
    kept.write_text("X-Api-Key: an older one\n")
    kept.chmod(0o644)
    key = machine.make_key(Scope.ADMIN)
    assert machine.paste("Keep it in bash", stdin=f"{key}\n".encode()).returncode == 0
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (f"X-Api-Key: {key}\n", 0o600)


# One line.


def test_one_line_in_bash(machine: Machine) -> None:
    answer = json.loads(machine.paste("One line in bash").stdout)
    assert answer["message"] == "Backup entry recorded"
    assert machine.only("nightly").how == ("success", "done")
    assert machine.devices() == [("web-01", "scripts")]


def test_one_line_in_python(machine: Machine) -> None:
    ran = machine.python(machine.pasted("One line in Python"))
    assert json.loads(ran.stdout)["message"] == "Backup entry recorded"
    assert machine.only("nightly").how == ("success", "done")
    assert machine.devices() == [("web-01", "scripts")]


def test_the_lines_tell_the_time_of_now(machine: Machine) -> None:
    machine.paste("One line in bash")
    machine.python(machine.pasted("One line in Python"))
    for told in machine.told("nightly"):
        assert told.run.started_at is not None
        assert abs(told.run.started_at / 1000 - time.time()) < 60


# JSON.


@pytest.mark.parametrize("heading", ["JSON with jq", "JSON without jq"])
def test_a_name_with_quotes_does_not_break_the_json(machine: Machine, heading: str) -> None:
    if heading == "JSON with jq":
        installed("jq")
    machine.stand_in("uptime", f"cat <<'TEXT'\n{UPTIME}\nTEXT")
    ran = machine.paste(heading)
    assert json.loads(ran.stdout)["status"] == "success", ran.stderr
    told = machine.only(DISK)
    first = UPTIME.splitlines()[0]
    assert told.how == ("success", first if heading == "JSON with jq" else first.replace("\t", " "))
    assert told.log[0].splitlines()[1] == "second line"


# Python.


def reporting(body: str) -> str:
    return f"from backup_report import reported\n\nwith reported('shop-db') as run:\n    {body}\n"


def test_the_wrapper_in_python_tells_running_and_then_the_result(wrapped: Machine) -> None:
    ran = wrapped.python(
        reporting("import time; time.sleep(0.3); run['files'] = 3; run['message'] = 'said \"ü\"'")
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    told = wrapped.only("shop-db")
    assert told.how == ("success", 'said "ü"')
    assert told.run.files == 3
    assert told.run.duration_ms is not None
    assert 200 <= told.run.duration_ms < 10_000
    assert [post["status"] for post in told.posts] == ["Running", "Success"]
    assert len({post["timestamp"] for post in told.posts}) == 1
    assert wrapped.devices() == [(socket.gethostname(), "scripts")]


def test_an_exception_is_told_with_its_traceback_and_raised_on(wrapped: Machine) -> None:
    ran = wrapped.python(reporting("raise ValueError('no \"disk\"')"))
    assert ran.returncode == 1
    assert ran.stderr.endswith(b'ValueError: no "disk"\n')
    told = wrapped.only("shop-db")
    assert told.how == ("error", 'ValueError: no "disk"')
    assert told.log[0] == "Traceback (most recent call last):"


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (3, "error")])
def test_an_exit_inside_keeps_its_code(wrapped: Machine, code: int, status: str) -> None:
    assert wrapped.python(reporting(f"raise SystemExit({code})")).returncode == code
    assert wrapped.only("shop-db").run.status == status


def test_what_is_no_json_is_told_as_text(wrapped: Machine) -> None:
    ran = wrapped.python(reporting("import pathlib; run['log'] = pathlib.Path('/ein/Pfad')"))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert wrapped.only("shop-db").log == ["/ein/Pfad"]


@pytest.mark.parametrize(("body", "code"), [("pass", 0), ("raise SystemExit(9)", 9)], ids=["good", "bad"])
def test_without_the_server_a_backup_in_python_ends_as_it_would(
    wrapped: Machine, body: str, code: int
) -> None:
    wrapped.server_is_gone()
    wrapped.save("A wrapper in Python", "backup_report.py")
    began = time.monotonic()
    ran = wrapped.python(reporting(body))
    assert (ran.returncode, ran.stderr.count(b"backup_report: duplistat was not told: ")) == (code, 2)
    assert time.monotonic() - began < 10


def test_without_a_key_a_backup_in_python_ends_as_it_would(wrapped: Machine) -> None:
    (wrapped.home / ".duplistat-key").unlink()
    ran = wrapped.python(reporting("pass"))
    assert (ran.returncode, ran.stderr.count(b"backup_report: duplistat was not told: ")) == (0, 2)


def test_what_is_refused_is_said_with_its_reasons(wrapped: Machine) -> None:
    ran = wrapped.python(reporting("run['duration'] = None; run['files'] = 'many'"))
    assert ran.returncode == 0
    (line,) = ran.stderr.decode().splitlines()
    assert "not told: 400 " in line
    assert '"files"' in line


def test_after_a_429_python_waits_and_sends_again(tmp_path: Path) -> None:
    limits = {"DUPLISTAT_LIMITS_INGEST_PER_MINUTE": "30", "DUPLISTAT_LIMITS_INGEST_BURST": "1"}
    with serving(tmp_path / "data", **limits) as server:
        machine = Machine(tmp_path, server, "limited")
        machine.save("A wrapper in Python", "backup_report.py")
        name, _, key = (machine.home / ".duplistat-key").read_text().strip().partition(": ")
        post = f"{server.url}/api/ingest/backup"
        until(lambda: requests.post(post, b"{}", headers={name: key}, timeout=9).status_code == 429, "429")
        began = time.monotonic()
        ran = machine.python(reporting("pass"))
        took = time.monotonic() - began
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert [post["status"] for post in machine.only("shop-db").posts] == ["Running", "Success"]
        machine.db.close_all()
    assert 2 < took < 20


def test_a_backup_in_python_is_told_with_the_size_of_the_dump(wrapped: Machine) -> None:
    wrapped.stand_in("pg_dump", 'printf dump > "${@: -2:1}"')
    ran = wrapped.python(wrapped.pasted("A backup in Python"))
    assert (ran.returncode, ran.stderr) == (0, b"")
    told = wrapped.only("shop-db")
    assert (told.run.status, told.run.storage) == ("success", 4)


def test_a_backup_in_python_that_fails_is_told(wrapped: Machine) -> None:
    wrapped.stand_in("pg_dump", "exit 1")
    assert wrapped.python(wrapped.pasted("A backup in Python")).returncode == 1
    told = wrapped.only("shop-db")
    assert told.run.status == "error"
    assert told.run.message.startswith("CalledProcessError: ")


# Notifications.

DF = """
case $2 in
  /) use=91%;; /home) use=89%;; esac
echo "Filesystem 1024-blocks Used Available Capacity Mounted on"
echo "/dev/vda 100 91 9 $use $2"
"""


def test_a_full_disk_is_told(machine: Machine) -> None:
    machine.stand_in("df", DF)
    machine.paste("Disk space in bash")
    (event,) = machine.events()
    assert event[1:] == ("warning", "disk_space_low", "/ is 91 % full")


def test_a_disk_that_is_not_there_is_no_full_disk(machine: Machine) -> None:
    machine.stand_in("df", "echo 'df: /: No such file or directory' >&2; exit 1")
    machine.paste("Disk space in bash")
    assert machine.events() == []


def test_a_full_disk_belongs_to_the_device_whose_backups_are_told(machine: Machine) -> None:
    machine.stand_in("df", DF)
    machine.save("A wrapper in bash", "backup-report")
    machine.run("backup-report", "nightly", "true")
    machine.paste("Disk space in bash")
    assert len(machine.devices()) == 1
    assert len(machine.events()) == 1


@contextmanager
def https(folder: Path, days: int) -> Iterator[int]:
    """The port of a TLS server; its certificate, folder/cert.pem, is valid for so many days."""
    installed("openssl")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {cert} -days {days} -subj /CN=localhost"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake_hands() -> None:
            try:
                connection, _ = listener.accept()
                with connection, context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                return

        thread = threading.Thread(target=shake_hands)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def certificates(machine: Machine, port: int) -> str:
    text = machine.pasted("Certificates in Python")
    assert '("www.example.com", 443)' in text
    return text.replace('("www.example.com", 443)', f'("localhost", {port})')


@pytest.mark.parametrize(("days", "told"), [(5, True), (90, False)])
def test_a_certificate_that_expires_soon_is_told(
    wrapped: Machine, tmp_path: Path, days: int, told: bool
) -> None:
    with https(tmp_path, days) as port:
        script = wrapped.bin / "script.py"
        script.write_text(certificates(wrapped, port))
        trusted = {"SSL_CERT_FILE": str(tmp_path / "cert.pem")}
        ran = wrapped.run(sys.executable, str(script), environment=trusted)
    assert (ran.returncode, ran.stderr) == (0, b"")
    message = "The certificate of localhost expires in 4 days"
    assert wrapped.events() == ([("localhost", "warning", "certificate", message)] if told else [])


def test_a_certificate_that_nobody_trusts_is_told(wrapped: Machine, tmp_path: Path) -> None:
    with https(tmp_path, 90) as port:
        wrapped.python(certificates(wrapped, port))
    ((device, severity, type, message),) = wrapped.events()
    assert (device, severity, type) == ("localhost", "warning", "certificate")
    assert message.startswith("The certificate of localhost could not be checked: ")
    assert "CERTIFICATE_VERIFY_FAILED" in message


# Counts.


@pytest.fixture
def counted(wrapped: Machine) -> Machine:
    """With two good jobs, a warning, and a key to read."""
    wrapped.save("A wrapper in bash", "backup-report")
    for arguments in (["one", "true"], ["two", "true"], ["-w", "1", "three", "false"], ["four", "false"]):
        wrapped.run("backup-report", *arguments)
    wrapped.keep_key(wrapped.make_key(Scope.READ), ".duplistat-read-key")
    return wrapped


def test_counts_in_bash(counted: Machine) -> None:
    installed("jq")
    assert counted.paste("Counts in bash").stdout == b"2 ok, 1 warnings, 1 errors, 0 other\n"


def test_counts_in_python(counted: Machine) -> None:
    assert counted.python(counted.pasted("Counts in Python")).stdout == b"1 errors\n"


# What the page says.


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        (b"{}", "ingest", 400),
        (b"{}", "", 401),
        (b"{}", "ds_wrong", 401),
        (b"{}", "read", 403),
        (b" " * (17 << 20), "ingest", 413),
    ],
    ids=["wrong", "no key", "wrong key", "scope", "large"],
)
def test_the_answers_are_those_of_the_page(machine: Machine, body: bytes, key: str, status: int) -> None:
    assert f"\n| {status} | " in machine.page()
    key = machine.make_key(Scope(key)) if key in list(Scope) and key != "ingest" else key
    if key == "ingest":
        key = (machine.home / ".duplistat-key").read_text().split()[1]
    headers = {"X-Api-Key": key} if key else {}
    answer = requests.post(f"{machine.url}/api/ingest/backup", body, headers=headers, timeout=30)
    assert answer.status_code == status
    if status == 400:
        wrong = {detail["field"] for detail in answer.json()["details"]}
        assert wrong == {"deviceName", "jobName", "timestamp", "status", "message"}


BASH, PWSH, PYTHON = ["bash", "-c"], ["pwsh", "-NoProfile", "-Command"], [sys.executable, "-c"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
@pytest.mark.parametrize(
    ("interpreter", "line"),
    [
        (BASH, "date -u +%Y-%m-%dT%H:%M:%SZ"),
        (BASH, "date +%Y-%m-%dT%H:%M:%S%z"),
        (PWSH, "[DateTime]::UtcNow.ToString('o')"),
        (PWSH, "Get-Date -Format o"),
        (PYTHON, "datetime.now(timezone.utc).isoformat()"),
        (PYTHON, "datetime.now().astimezone().isoformat()"),
    ],
    ids=["bash-utc", "bash-local", "pwsh-utc", "pwsh-local", "python-utc", "python-local"],
)
def test_the_times_of_the_page_are_taken(
    machine: Machine, interpreter: list[str], line: str, zone: str
) -> None:
    installed(interpreter[0])
    assert f"`{line}`" in machine.page()
    if interpreter is PYTHON:
        line = f"from datetime import datetime, timezone; print({line})"
    text = machine.run(*interpreter, line, environment={"TZ": zone}).stdout.decode().strip()
    key = (machine.home / ".duplistat-key").read_text().split()[1]
    body = {"deviceName": "d", "jobName": "j", "timestamp": text, "status": "ok", "message": "m"}
    answer = requests.post(
        f"{machine.url}/api/ingest/backup", json=body, headers={"X-Api-Key": key}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    started = machine.only("j").run.started_at
    assert started is not None
    assert abs(started / 1000 - time.time()) < 60


def test_the_line_of_the_readme_is_that_of_the_page() -> None:
    readme = (HERE.parent.parent.parent / "README.md").read_text("utf-8")
    assert block("One line in bash") in readme
