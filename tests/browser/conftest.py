"""A served fleet, some of it in trouble and some of it hostile, and Debian's Chromium to look at it."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from duplistat.app import create_app
from duplistat.config import Config
from duplistat.now import wall_clock
from duplistat.services.start import prepare
from duplistat.store.database import Database
from tests.support.bodies import SAMPLES, sample

CHROMIUM = shutil.which("chromium")
# No sandbox: tests run as root on build machines. No word to anyone: the network is closed.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
EVIL = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">\u202egpj.exe \x1b[31mred'


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("no Chromium: apt-get install chromium, and the pages are tested in a real browser too")
    assert CHROMIUM is not None, "Chromium is needed here: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with every kind of report in it, and one whose every text is an attack."""
    data = tmp_path_factory.mktemp("served")
    config = Config(data=data)
    db = Database(config.database_url)
    prepare(db, wall_clock())
    app = create_app(config, db=db)
    client = app.test_client()
    for name in SAMPLES:
        assert client.post("/api/upload", data=sample(name)).status_code == 200
    hostile = json.loads(sample("08_backup_error"))
    hostile["Extra"] |= {"machine-name": EVIL, "backup-name": EVIL * 200, "machine-id": "e" * 32}
    hostile["LogLines"] = [f"2026-01-27 03:00:04 +01 - [Error-{EVIL}-x]: {EVIL}", EVIL * 300]
    assert client.post("/api/upload", json=hostile).status_code == 200
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that nobody has reported to."""
    config = Config(data=Path(tmp_path_factory.mktemp("empty")))
    db = Database(config.database_url)
    prepare(db, wall_clock())
    server = make_server("127.0.0.1", 0, create_app(config, db=db), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
