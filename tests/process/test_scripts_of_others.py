"""Scripts that were written for BackupMonitor run as they stand; only host and key are others."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.bootstrap import main_account, prepare
from duplistat.store import accounts
from duplistat.store.database import Database
from tests.conftest import BOTH
from tests.support.serving import Server, serving

SCRIPTS = Path(__file__).parent / "clients" / "backupmonitor"
KEY = "bm_your-api-key-here"
HOSTS = ("https://ingest.backupmonitor.io", "https://app.backupmonitor.io")
HOST = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()


class Place(NamedTuple):
    """An account of a server with nothing in it yet, and a key that may do everything there."""

    server: Server
    db: Database
    account: int
    key: str

    def rows(self, columns: str, table: str) -> list[tuple[Any, ...]]:
        """Columns of what belongs to the account; the server of each is `s`."""
        where = f"FROM {table} t JOIN server s ON s.id = t.server_id WHERE t.account_id = ? ORDER BY t.id"
        return self.db.rows(f"SELECT {columns} {where}", (self.account,))

    def fail(self, count: int, status: str = "Error") -> None:
        """Let so many jobs end so."""
        for number in range(count):
            self.post(f"job {number}", status, datetime.now(UTC).isoformat())

    def post(self, job: str, status: str, at: str) -> None:
        names = {"deviceName": "web-01", "jobName": job, "timestamp": at}
        response = requests.post(
            f"{self.server.url}/api/ingest/backup",
            json=names | {"status": status, "message": "It is over."},
            headers={"X-Api-Key": self.key},
            timeout=30,
        )
        assert response.status_code == 201, response.text


@pytest.fixture(scope="module", params=BOTH)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Database]]:
    """One server for all of these tests; each has an account of its own."""
    data = tmp_path_factory.mktemp("served") / "data"
    data.mkdir(mode=0o700)

    def served_from(url: str) -> Iterator[tuple[Server, Database]]:
        db = Database(url or f"sqlite:///{data}/duplistat.db")
        prepare(db, 0)
        with serving(data, url, workers=1) as server:
            yield server, db
        db.close_all()

    if request.param == "sqlite":
        yield from served_from("")
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            yield from served_from(url)


@pytest.fixture
def place(served: tuple[Server, Database]) -> Place:
    server, db = served
    name = f"account {len(accounts.all_accounts(db))}"
    with db.transaction():
        made = accounts.create(db, name, None, 0)
    assert made is not None
    assert made.id != main_account(db)
    key = api_keys.create(db, account=made.id, name="script", scopes=[Scope.INGEST, Scope.READ], now=0)
    return Place(server, db, made.id, key)


def words(script: str, place: Place) -> str:
    """A script as it was written, with the address of our server and a key of ours."""
    text = (SCRIPTS / script).read_text("utf-8")
    assert text.count(KEY) == 1
    assert sum(text.count(host) for host in HOSTS) == 1
    for host in HOSTS:
        text = text.replace(host, place.server.url)
    return text.replace(KEY, place.key)


def output(command: list[str], text: str, path: str = "") -> str:
    environment = os.environ | ({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})
    # A proxy of the machine would not find our server.
    environment |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        command, input=text, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def bash(script: str, place: Place, path: str = "") -> str:
    return output(["bash"], words(script, place), path)


def powershell(script: str, place: Place) -> str:
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        pytest.skip("this machine has no PowerShell (pwsh)")
    return output([pwsh, "-NoProfile", "-NonInteractive", "-Command", "-"], words(script, place))


def is_recent(ms: int) -> bool:
    """Whether a time is of the last minutes, by the second."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return timedelta(seconds=-1) <= datetime.now(UTC) - at < timedelta(minutes=3)


def check_backup(place: Place) -> None:
    printed = bash("backup.bash.txt", place)
    (run,) = place.db.rows("SELECT id, started_at FROM run WHERE account_id = ?", (place.account,))
    columns = "s.name, s.sender, t.name, t.last_status, t.last_message, t.id, s.id"
    (row,) = place.rows(columns, "job")
    message = "Backup completed. 142 GB transferred."
    assert row[:5] == (HOST, f"script-{HOST}", "Nightly Full Backup", "success", message)
    assert printed.startswith("HTTP/1.1 201 ")
    assert printed.endswith(
        '{"status":"success","message":"Backup entry recorded",'
        f'"data":{{"backupId":{run[0]},"serverId":{row[6]},"jobId":{row[5]}}}}}'
    )
    assert is_recent(run[1])


def check_notification(place: Place) -> None:
    printed = bash("notification.bash.txt", place)
    columns = "s.name, s.sender, t.job_name, t.severity, t.type, t.message, t.id, t.at"
    (row,) = place.rows(columns, "event")
    assert row[:6] == (HOST, f"script-{HOST}", "Job", "info", "some_alert", "This is a test.")
    assert printed.startswith("HTTP/1.1 201 ")
    assert printed.endswith(
        f'{{"status":"success","message":"Notification recorded","data":{{"notificationId":{row[6]}}}}}'
    )
    assert is_recent(row[7])
    assert place.rows("t.id", "job") == []


# What `df -P` prints: as on Linux, with file systems that are none of a disk.
DF = """\
#!/bin/sh
[ "$1" = -P ] || exit 1
cat <<'END'
Filesystem     1024-blocks      Used Available Capacity Mounted on
udev               8000000         0   8000000       0% /dev
tmpfs              1600000   1590000     10000      99% /run
/dev/sda1        100000000  50000000  50000000      50% /
/dev/sda2        100000000  79000000  21000000      79% /just-healthy
/dev/sdb1        100000000  80000000  20000000      80% /twenty
/dev/mapper/v-w  100000000  85000000  15000000      85% /srv/data
/dev/sdc1        100000000  89000000  11000000      89% /eleven
/dev/sdd1        100000000  90000000  10000000      90% /ten
/dev/sde1        100000000  95000000   5000000      95% /mnt/my disk
/dev/sdf1        100000000 100000000         0     100% /full
nas:/backup      100000000  99000000   1000000      99% /mnt/nas
END
"""
LOW = [
    ("warning", "/twenty", "/dev/sdb1", 20),
    ("warning", "/srv/data", "/dev/mapper/v-w", 15),
    ("warning", "/eleven", "/dev/sdc1", 11),
    ("error", "/ten", "/dev/sdd1", 10),
    ("error", "/mnt/my disk", "/dev/sde1", 5),
    ("error", "/full", "/dev/sdf1", 0),
]


@pytest.fixture
def own_df(tmp_path: Path) -> str:
    """A folder with a `df` of our own, and a `uname` that says Linux wherever this runs."""
    for name, text in (("df", DF), ("uname", "#!/bin/sh\necho Linux\n")):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return str(tmp_path / "bin")


def test_the_disk_space_script_posts_what_is_low_and_nothing_else(place: Place, own_df: str) -> None:
    printed = bash("disk-space.bash.txt", place, own_df)
    columns = "s.name, s.sender, t.type, t.job_name, t.severity, t.message"
    assert place.rows(columns, "event") == [
        (HOST, "disk-monitor", "disk_space_low", "", severity, f"Drive {mount} ({disk}) has only {free}% free"
         " space remaining.")
        for severity, mount, disk, free in LOW
    ]  # fmt: skip
    assert all(is_recent(row[0]) for row in place.rows("t.at", "event"))
    assert printed.count('"status":"success"') == len(LOW)
    assert printed.count("notification sent") == len(LOW)
    assert printed.count("[ok]") == 2


def test_the_disk_space_script_is_one_device_each_time(place: Place, own_df: str) -> None:
    bash("disk-space.bash.txt", place, own_df)
    bash("disk-space.bash.txt", place, own_df)
    found = place.rows("s.id, t.message", "event")
    assert len({row[0] for row in found}) == 1
    # Twice within one second they are the same notifications.
    assert len(found) in range(len(LOW), 2 * len(LOW) + 1)
    assert len({row[1] for row in found}) == len(LOW)


def check_counts(place: Place) -> None:
    for number, status in enumerate(("Success", "Success", "Error", "Warning", "Running", "Fatal", "Odd")):
        place.post(f"job {number}", status, "2026-01-28T02:00:00Z")
    printed = bash("counts.bash.txt", place)
    assert printed == '{"successCount":2,"errorCount":2,"warningCount":1,"otherCount":2}'


def check_alert(place: Place) -> None:
    place.fail(4)
    assert bash("alert.bash.txt", place) == ""
    place.fail(5)
    assert bash("alert.bash.txt", place) == "ALERT: 5 backup job(s) are in error state.\n"
    place.fail(2, "Success")
    assert bash("alert.bash.txt", place) == ""


def check_counts_with_powershell(place: Place) -> None:
    place.post("a", "Error", "2026-01-28T02:00:00Z")
    place.post("b", "Success", "2026-01-28T02:00:00Z")
    printed = powershell("counts.powershell.txt", place)
    assert [line for line in printed.splitlines() if line] == ["Errors: 1", "Warnings: 0", "OK: 1"]


def check_alert_with_powershell(place: Place) -> None:
    place.fail(4)
    assert "ALERT" not in powershell("alert.powershell.txt", place)
    place.fail(5)
    assert "ALERT: 5 backup job(s) are in error state." in powershell("alert.powershell.txt", place)


CHECKS: dict[str, Callable[[Place], None]] = {
    "alert.bash.txt": check_alert,
    "alert.powershell.txt": check_alert_with_powershell,
    "backup.bash.txt": check_backup,
    "counts.bash.txt": check_counts,
    "counts.powershell.txt": check_counts_with_powershell,
    "notification.bash.txt": check_notification,
}


@pytest.mark.parametrize("script", CHECKS)
def test_a_script_of_others_runs_as_it_stands(place: Place, script: str) -> None:
    CHECKS[script](place)


def test_every_script_is_run() -> None:
    found = {path.name for path in SCRIPTS.iterdir()}
    assert found == {*CHECKS, "disk-space.bash.txt"}


@pytest.mark.parametrize("script", ["backup.bash.txt", "notification.bash.txt"])
def test_a_script_whose_key_is_wrong_is_told_so(place: Place, script: str) -> None:
    text = words(script, place).replace(place.key, "bm_another")
    printed = output(["bash"], text)
    assert printed.startswith("HTTP/1.1 401 ")
    assert printed.endswith('"message":"This API key is not known"}')
    assert (place.rows("t.id", "job"), place.rows("t.id", "event")) == ([], [])


def test_an_alert_with_a_wrong_key_raises_none(place: Place) -> None:
    place.fail(5)
    text = words("alert.bash.txt", place).replace(place.key, "bm_another")
    assert output(["bash"], text) == ""
