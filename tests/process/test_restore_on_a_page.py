"""A backup takes the place of the database of a server that runs: nobody is refused, and no report is lost after it."""

import json
import secrets
import threading
from pathlib import Path

from duplistat.config import load
from duplistat.services.audit import By
from duplistat.services.maintenance import restore_asked
from tests.support.bodies import duplicati
from tests.support.serving import Server, run, serving, until


class Posting(threading.Thread):
    """Posts a report after the other until it is ended, and notes what each was answered."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.ended = server, threading.Event()
        self.statuses: list[int] = []
        self.start()

    def run(self) -> None:
        number = 0
        while not self.ended.wait(0.02):
            number += 1
            body = duplicati(f"2026-01-{number % 28 + 1:02}T{number // 28 % 24:02}:00:00Z", job="posted")
            self.statuses.append(self.server.post(body).status_code)


def test_reports_wait_while_a_backup_is_put_in_place(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, workers=2) as server:
        server.settle()
        assert server.post(duplicati("2026-01-28T02:00:00Z", job="before")).status_code == 200
        assert run("backup", str(tmp_path / "a.db"), "--data", str(data)).returncode == 0
        assert server.post(duplicati("2026-01-28T02:00:00Z", job="after")).status_code == 200
        config = load(None, data=data)
        copy = data / f"restore-{secrets.token_hex(16)}.db"
        copy.write_bytes((tmp_path / "a.db").read_bytes())
        posting = Posting(server)
        try:
            restore_asked.ask(config, copy, "a.db", By(None, "a test").plain())
            until(lambda: restore_asked.outcome(config) is not None, "the end of the restore", 30)
            until(lambda: len(posting.statuses) > 20, "reports after it", 30)
        finally:
            posting.ended.set()
            posting.join(60)
        assert set(posting.statuses) == {200}
        outcome = restore_asked.outcome(config)
        assert outcome is not None
        assert outcome["problem"] == ""
        told = json.dumps(server.read("/api/lastbackups/nas"))
        names = {name for name in ("before", "after", "posted") if name in told}
        assert names == {"before", "posted"}
        assert server.terminate() == 0
        assert "Traceback" not in server.output()
