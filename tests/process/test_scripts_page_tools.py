"""The examples for common tools in docs/scripts.md, with stand-ins that print and end as the real ones do."""

import json

import pytest

from tests.support.machine import Machine, installed

RESTIC = [
    {"message_type": "status", "percent_done": 0.5, "total_files": 1250},
    {
        "message_type": "summary",
        "files_new": 4,
        "data_added": 1048576,
        "data_added_packed": 524288,
        "total_files_processed": 1250,
        "total_bytes_processed": 1073741824,
        "total_duration": 3.5,
        "snapshot_id": "1a2b3c4d",
    },
]
OLD_RESTIC = [{key: value for key, value in RESTIC[1].items() if key != "data_added_packed"}]
BORG = {
    "archive": {
        "name": "web-01-2026-01-28T02:00:00",
        "duration": 3.5,
        "stats": {
            "nfiles": 1250,
            "original_size": 1073741824,
            "compressed_size": 536870912,
            "deduplicated_size": 524288,
        },
    },
    "repository": {"location": "ssh://nas/./borg"},
}
RSYNC = """
Number of files: 1,250 (reg: 1,200, dir: 50)
Number of created files: 0
Number of regular files transferred: 4
Total file size: 1,073,741,824 bytes
Total transferred file size: 524,288 bytes
Literal data: 524,288 bytes

sent 525,000 bytes  received 95 bytes  350,063.33 bytes/sec
total size is 1,073,741,824  speedup is 2,044.85
"""
NUMBERS = (1250, 1073741824, 524288)


@pytest.fixture
def machine(machine: Machine) -> Machine:
    installed("bash", "curl")
    machine.save("A wrapper in bash", "backup-report")
    return machine


def numbers(machine: Machine, job: str) -> tuple[int | None, int | None, int | None]:
    run = machine.only(job).run
    return run.files, run.size, run.uploaded


def printing(*objects: object) -> str:
    return "\n".join(f"cat <<'JSON'\n{json.dumps(content)}\nJSON" for content in objects)


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (3, "warning")])
def test_restic_is_told_with_its_numbers(machine: Machine, code: int, status: str) -> None:
    installed("jq")
    machine.stand_in("restic", f"echo no JSON at all\n{printing(*RESTIC)}\nexit {code}")
    ran = machine.paste("restic")
    assert (ran.returncode, ran.stderr) == (code, b"")
    prefix = f"exit code {code}: " if code else ""
    assert machine.only("restic-home").how == (status, f"{prefix}snapshot 1a2b3c4d")
    assert numbers(machine, "restic-home") == NUMBERS


def test_an_older_restic_tells_what_it_added_without_compression(machine: Machine) -> None:
    installed("jq")
    machine.stand_in("restic", printing(*OLD_RESTIC))
    machine.paste("restic")
    assert numbers(machine, "restic-home") == (1250, 1073741824, 1048576)


def test_a_restic_that_fails_is_told_with_its_reason(machine: Machine) -> None:
    installed("jq")
    machine.stand_in("restic", "echo 'Fatal: wrong password or no key found' >&2; exit 12")
    assert machine.paste("restic").returncode == 12
    wanted = "exit code 12: Fatal: wrong password or no key found"
    assert machine.only("restic-home").how == ("error", wanted)


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (1, "warning"), (2, "error"), (100, "error")])
def test_borg_is_told_with_its_numbers(machine: Machine, code: int, status: str) -> None:
    installed("jq")
    machine.stand_in("borg", f"{printing(BORG)}\nexit {code}")
    ran = machine.paste("borg")
    assert (ran.returncode, ran.stderr) == (code, b"")
    prefix = f"exit code {code}: " if code else ""
    assert machine.only("borg-home").how == (status, f"{prefix}archive web-01-2026-01-28T02:00:00")
    assert numbers(machine, "borg-home") == NUMBERS


@pytest.mark.parametrize("code", [1, 100, 107, 119, 127])
def test_the_warnings_of_a_modern_borg_are_those_of_the_page(machine: Machine, code: int) -> None:
    warnings = "1|1[01].|12[0-7]"
    assert f"-w '{warnings}'" in machine.page()
    machine.run("backup-report", "-w", warnings, "borg-home", "sh", "-c", f"exit {code}")
    assert machine.only("borg-home").run.status == "warning"


@pytest.mark.parametrize("code", [2, 10, 99, 128, 143])
def test_the_errors_of_a_modern_borg_are_errors(machine: Machine, code: int) -> None:
    machine.run("backup-report", "-w", "1|1[01].|12[0-7]", "borg-home", "sh", "-c", f"exit {code}")
    assert machine.only("borg-home").run.status == "error"


@pytest.mark.parametrize(("code", "status"), [(0, "success"), (24, "warning"), (23, "error")])
def test_rsync_is_told_with_its_numbers(machine: Machine, code: int, status: str) -> None:
    machine.stand_in("rsync", f"cat <<'TEXT'\n{RSYNC}TEXT\nexit {code}")
    ran = machine.paste("rsync")
    assert (ran.returncode, ran.stderr, ran.stdout.decode()) == (code, b"", RSYNC)
    told = machine.only("rsync-home")
    assert told.run.status == status
    assert told.run.message.endswith("total size is 1,073,741,824  speedup is 2,044.85")
    assert numbers(machine, "rsync-home") == NUMBERS


# The last argument but one is the file.
PG_DUMP = 'printf %s "dump of ${@: -1}" > "${@: -2:1}"'


def test_pg_dump_is_told_with_the_size_of_the_dump(machine: Machine) -> None:
    machine.stand_in("pg_dump", PG_DUMP)
    ran = machine.paste("pg_dump")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert [file.name for file in machine.backups.iterdir()] == ["shop.dump"]
    told = machine.only("shop-db")
    assert (told.run.status, told.run.storage) == ("success", len("dump of shop"))


def test_a_pg_dump_that_fails_leaves_the_dump_before_it(machine: Machine) -> None:
    (machine.backups / "shop.dump").write_text("yesterday")
    machine.stand_in("pg_dump", f"{PG_DUMP}\necho 'pg_dump: error: server closed the connection' >&2\nexit 1")
    assert machine.paste("pg_dump").returncode == 1
    assert (machine.backups / "shop.dump").read_text() == "yesterday"
    told = machine.only("shop-db")
    assert told.how == ("error", "exit code 1: pg_dump: error: server closed the connection")
    assert told.run.storage is None
