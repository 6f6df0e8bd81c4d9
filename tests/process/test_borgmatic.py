"""borgmatic with its own hooks, whose addresses alone are others; and what `duplistat-run` reports of it."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from duplistat.core.reason_words import message_of
from duplistat.store import deliveries
from tests.process.test_tool_pages import AS_OTHERS_ARE
from tests.support.machine import Machine
from tests.support.serving import ROOT

PAGE = ROOT / "docs" / "tools" / "borgmatic.md"
HOOKS = ("healthchecks", "uptime_kuma")
PROGRAM = Path(sys.executable).with_name("borgmatic")


@pytest.fixture
def machine(machine: Machine) -> Machine:
    """With borg, borgmatic, duplistat-run, and a repository."""
    if shutil.which("borg") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("borg is not installed")
    (machine.bin / "borgmatic").symlink_to(PROGRAM)
    (machine.bin / "python3").symlink_to(sys.executable)
    wrapper = machine.bin / "duplistat-run"
    assert machine.run("curl", "-fsSo", str(wrapper), f"{machine.url}/run.py").returncode == 0
    wrapper.chmod(0o755)
    (machine.backups / "data").mkdir()
    (machine.backups / "data" / "letter.txt").write_text("Dear admin,\n" * 1000)
    configure(machine)
    made = borgmatic(machine, "repo-create", "-e", "repokey")
    assert made == 0
    return machine


def configure(machine: Machine, **settings: object) -> None:
    """Its configuration, with these settings."""
    plain = {
        "source_directories": [str(machine.backups / "data")],
        "repositories": [{"path": str(machine.backups / "repo"), "label": "local"}],
        "encryption_passphrase": "correct horse",
        "keep_daily": 7,
        **settings,
    }
    (machine.home / "borgmatic.yaml").write_text(yaml.safe_dump(plain))


def borgmatic(machine: Machine, *words: str, before: tuple[str, ...] = ()) -> int:
    return machine.run(*before, "borgmatic", "-c", str(machine.home / "borgmatic.yaml"), *words).returncode


def hook(machine: Machine, name: str) -> dict[str, object]:
    """What the page shows of a hook, with the address of a job `data`."""
    ping, push = machine.ping_urls("data")
    address = {"ping_url": ping, "push_url": push}
    shown = next(
        found
        for block in PAGE.read_text("utf-8").split("```")
        if block.startswith("yaml\n") and name in (found := yaml.safe_load(block.removeprefix("yaml\n")))
    )
    return {name: {key: address.get(key, value) for key, value in shown[name].items()}}


def told(machine: Machine) -> list[tuple[str, str]]:
    return [(run.operation, run.status) for run in machine.runs_of("data")]


@pytest.mark.parametrize("name", HOOKS)
def test_its_hooks_tell_of_success_warning_and_failure(machine: Machine, name: str) -> None:
    configure(machine, **hook(machine, name))
    assert borgmatic(machine, "create", "--stats", "-v", "1") == 0
    (good,) = machine.runs_of("data")
    assert (good.operation, good.status) == ("backup", "success")
    # The start was told, too: it lasted for so long.
    assert good.duration_ms is not None
    endpoints = [item.endpoint for item in deliveries.of_run(machine.db, good.id)]
    assert len(endpoints) == (3 if name == "healthchecks" else 2)
    (machine.backups / "data" / "private.key").touch(mode=0)
    # As its defaults are with older versions of borg.
    lenient = [{"code": code, "treat_as": "warning"} for code in (1, 105)]
    configure(machine, borg_exit_codes=lenient, **hook(machine, name))
    assert borgmatic(machine, "create", "--stats", "-v", "1", before=AS_OTHERS_ARE) == 0
    configure(machine, encryption_passphrase="wrong", **hook(machine, name))
    assert borgmatic(machine, "create") == 1
    assert told(machine) == [
        ("backup", "success"),
        # Without its log nothing tells of what was left out.
        ("backup", "warning" if name == "healthchecks" else "success"),
        ("backup", "error"),
    ]
    if name == "healthchecks":
        # With the configuration and the state of its own.
        assert good.files
        assert good.size
        _, warned, failed = machine.runs_of("data")
        assert "private.key" in message_of(warned.message)
        assert "passphrase" in message_of(failed.message).lower()


def test_its_hook_tells_of_a_verification(machine: Machine) -> None:
    assert borgmatic(machine, "create") == 0
    configure(machine, **hook(machine, "healthchecks"))
    assert borgmatic(machine, "check", "--force", "-v", "1") == 0
    segments = sorted((machine.backups / "repo" / "data").rglob("[0-9]*"))
    damaged = max((path for path in segments if path.is_file()), key=lambda path: path.stat().st_size)
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert borgmatic(machine, "check", "--force", "-v", "1") == 1
    assert told(machine) == [("verify", "success"), ("verify", "error")]


def test_without_hooks_duplistat_run_tells_of_all_of_it(machine: Machine) -> None:
    config = ("-c", str(machine.home / "borgmatic.yaml"))
    restored = machine.backups / "restored"
    restored.mkdir()
    reporting = ("duplistat-run", "--server", "web-01", "--job", "data", "--")
    for words in (
        ("create", "--json"),
        ("check", "--force", "-v", "1"),
        ("extract", "--archive", "latest", "--destination", str(restored), "-v", "1"),
        ("prune", "-v", "1"),
    ):
        done = machine.run(*reporting, "borgmatic", *config, *words)
        assert done.returncode == 0, done.stderr
    shutil.rmtree(machine.backups / "repo")
    assert machine.run(*reporting, "borgmatic", *config, "create").returncode == 1
    assert told(machine) == [
        ("backup", "success"),
        ("verify", "success"),
        ("restore", "success"),
        ("prune", "success"),
        ("backup", "error"),
    ]
    assert list(restored.rglob("letter.txt"))
