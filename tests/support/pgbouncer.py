"""A real PgBouncer before a PostgreSQL of tests: it gives few sessions to many clients in turn."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.serving import free_port, until

SESSIONS = 4
SETTINGS = """
[databases]
* = host={folder} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
logfile = {log}
"""


def program() -> str:
    """The path of PgBouncer; where it is missing the test is skipped, in CI it fails."""
    # Debian has it where only root looks.
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pgbouncer is not installed")
    return found


@contextlib.contextmanager
def bouncing(url: str) -> Iterator[str]:
    """The URL of a database as it is reached through a PgBouncer in transaction mode."""
    parts, port = urlsplit(url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="duplistat-pgbouncer-"))
    folder.chmod(0o777)
    settings, sockets = folder / "pgbouncer.ini", Path(parse_qs(parts.query)["host"][0])
    settings.write_text(SETTINGS.format(folder=sockets, port=port, sessions=SESSIONS, log=folder / "log"))
    # It does not run as root, and has to reach the socket.
    owner = pwd.getpwuid(sockets.stat().st_uid).pw_name
    user = ["--user", owner] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program(), "--quiet", *user, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def listens() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        until(listens, "PgBouncer")
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
