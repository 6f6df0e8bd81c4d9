"""What commands print cannot act on a terminal, and says by which clock its times are."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from duplistat.cli import common
from tests.cli.conftest import Run
from tests.support.bodies import duplicati
from tests.support.site import Site

# Clears the screen, sets a title, an 8-bit CSI, the same as UTF-8, DEL, an override of the direction, a line end.
EVIL = "\x1b[2J\x1b]0;title\x07 \x9b31m \x7f \u202e\r x"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
START = "2026-01-28T02:00:00Z"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.cli.deliveries.on_terminal", lambda: True)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("more", [(), ("--body",)], ids=["all", "body"])
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"a\x1b[2Jb\x1b]0;t\x07c", "a␛[2Jb␛]0;t␇c\n"),
        (b"a\x9b31mb", "a›31mb\n"),
        ("a\x9b31mb\x85c".encode(), "a⟪U+009B⟫31mb⟪U+0085⟫c\n"),
        (b"one\r\ntwo\tthree\rfour\x7f", "one\ntwo\tthree␍four␡\n"),
        ("\u202eevil\u2066".encode(), "⟪U+202E⟫evil⟪U+2066⟫\n"),
        ('{"name": "Müller ü"}'.encode(), '{"name": "Müller ü"}\n'),
        (b"\xff\xfe\x00\x01", None),
    ],
)
def test_a_terminal_gets_no_sequences_of_a_body(
    site: Site, run: Run, body: bytes, shown: str | None, more: tuple[str, ...]
) -> None:
    site.post(body)
    result = run("deliveries", "show", "1", *more)
    assert result.exit_code == 0
    assert not ACTING.search(result.stdout)
    if shown is not None:
        assert result.stdout.endswith(shown)


@pytest.mark.usefixtures("terminal")
def test_a_body_is_raw_on_a_terminal_when_that_is_asked_for(site: Site, run: Run) -> None:
    site.post(EVIL.encode())
    assert run("deliveries", "show", "1", "--body", "--raw").stdout_bytes == EVIL.encode()


def test_a_body_that_is_piped_is_raw(site: Site, run: Run) -> None:
    body = b"\x1b[2J\x9b\xff\n"
    site.post(body)
    assert run("deliveries", "show", "1", "--body").stdout_bytes == body
    assert run("deliveries", "show", "1").stdout_bytes.endswith(b"\n\n" + body)


@pytest.mark.parametrize("piped", [True, False])
def test_what_stands_above_a_body_cannot_act_either(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, piped: bool
) -> None:
    monkeypatch.setattr("duplistat.cli.deliveries.on_terminal", lambda: not piped)
    site.post(b"x", query="?server=%1b%5b2J%c2%9b", headers={"Content-Type": "text/x; a=\x7f"})
    site.db.execute("UPDATE delivery SET query = ?, problem = ?", (f"server={EVIL}", f"one\ntwo: {EVIL}"))
    shown = run("deliveries", "show", "1").stdout
    assert not ACTING.search(shown)
    assert "␛[2J" in shown
    assert "\ntwo" not in shown


def test_names_of_others_cannot_act_in_any_command(site: Site, run: Run) -> None:
    name = EVIL.replace("\r", "\n")
    site.record(duplicati(START, job=f"job {name}", server=f"nas {name}", machine="4f"))
    site.record(duplicati(START, job=f"job {name}", server=f"old {name}", machine="0f"))
    site.account(f"acme {name}", parent="main")
    first, second = (server.id for server in site.servers())
    commands: list[tuple[str, ...]] = [
        ("server", "list"),
        ("job", "list"),
        ("account", "list"),
        ("deliveries", "list"),
        ("job", "set", "--server", str(first), "--job", f"job {name}", "--schedule", "daily 02:00"),
        ("server", "set", "--server", str(first), "--alias", f"a {name}"),
        ("server", "merge", "--into", str(first), "--from", str(second)),
        ("account", "move", "--name", f"acme {name}"),
        ("account", "set", "--name", f"acme {name}", "--timezone", "UTC"),
        ("account", "suspend", "--name", f"no {name}"),
        ("server", "set", "--server", f"no {name}", "--alias", "x"),
        ("server", "delete", "--server", str(second)),
        ("user", "unlock", "--email", name),
    ]
    for command in commands:
        result = run(*command, stdin="n\n")
        assert not ACTING.search(result.output), (command, result.output)
        lines = [line for line in result.output.splitlines() if line.lstrip().startswith("x ")]
        assert lines == [], (command, result.output)


def test_a_real_terminal_gets_no_sequences(tmp_path: Path) -> None:
    environment = os.environ | {"DUPLISTAT_DATA": str(tmp_path)}
    environment.pop("DUPLISTAT_DATABASE_URL", None)
    command = [sys.executable, "-m", "duplistat"]
    outer, inner = pty.openpty()
    subprocess.run(
        [*command, "account", "list"], env=environment, stdout=inner, stderr=inner, check=True, timeout=60
    )
    os.close(inner)
    shown = b""
    while b"UTC" not in shown and b"main" not in shown:
        shown += os.read(outer, 4096)
    os.close(outer)
    assert not ACTING.search(shown.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("zone", "time"), [("Europe/Berlin", "2026-01-28 13:00:00"), ("Asia/Kolkata", "2026-01-28 17:30:00")]
)
def test_times_are_those_of_the_servers_clock_which_is_named(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, zone: str, time: str
) -> None:
    site.now.set("2026-01-28T12:00:00Z")
    # The clock of whoever reads it says something else.
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("DUPLISTAT_SERVER_TIMEZONE", zone)
    site.record(duplicati(START))
    made = f"{time} {zone}"
    assert f"{made}" in run("deliveries", "list").stdout
    assert f"received:     {made}\n" in run("deliveries", "show", "1").stdout
    assert made in run("server", "list").stdout
    said = run("job", "set", "--server", "nas", "--job", "Documents", "--schedule", "daily 02:00").stdout
    assert re.search(rf"Understood: every day at 02:00, {zone}\n", said)
    assert re.search(rf"next expected \d{{4}}-\d\d-\d\d 02:00:00 {zone}\n", said)
    listed = run("job", "list").stdout.splitlines()[1]
    assert listed.endswith(f"set by hand: every day at 02:00, {zone}")
    other = ("--zone", "America/Lima", "--schedule", "daily 02:00")
    said = run("job", "set", "--server", "nas", "--job", "Documents", *other).stdout
    assert "Understood: every day at 02:00, America/Lima\n" in said
    assert re.search(rf"next expected .* {zone}\n", said)


def test_without_a_setting_it_is_the_machines_clock(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.now.set("2026-01-28T12:00:00Z")
    site.record(duplicati(START))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert "2026-01-28 21:00:00 Asia/Tokyo" in run("server", "list").stdout


def test_every_command_prints_in_that_way() -> None:
    """`echo` and `table` make what others wrote visible; what goes past them has to see to it itself."""
    past = {
        file.name: file.read_text("utf-8").count("click.echo(")
        for file in Path(common.__file__).parent.glob("*.py")
    }
    assert {name: count for name, count in past.items() if count} == {
        "common.py": 3,
        "deliveries.py": 3,
        "evidence.py": 1,
        "main.py": 2,
    }
