"""runitor, acted out: a client of Healthchecks that sends what a command printed, by a ping key and a slug.

It sends a start without a body, then the end with the last bytes of the output, as many as the answer to the start
says. 200 and 201 alone are success to it; it tries again where a later try may do better.
"""

import http.client
import subprocess
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from duplistat.core.reason_words import message_of
from duplistat.store import deliveries
from tests.support.machine import Machine
from tests.support.outputs import text

RESTIC = text("restic", "33_backup_json_0.18.0.jsonl")
CUT = "[runitor] Output truncated to last %d bytes.\n"
AGAIN = frozenset({408, 429, 500, 502, 503, 504})


@dataclass
class Runitor:
    """One call of it: `runitor -api-url URL/ping -ping-key KEY -slug SLUG -create -- COMMAND`."""

    url: str
    handle: str

    def run(self, *command: str) -> int:
        """The exit code of the command, whatever becomes of the pings."""
        rid = str(uuid.uuid4())
        limit = self._ping("/start", rid, b"")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        body = done.stdout
        if len(body) > limit:
            body = (CUT % limit).encode() + body[-limit:]
        # A command that a signal ended has none.
        code = done.returncode if done.returncode >= 0 else 1
        self._ping(f"/{code}" if code else "", rid, body)
        return code

    def _ping(self, ending: str, rid: str, body: bytes) -> int:
        """How many bytes the server wants of an output."""
        where = urlsplit(self.url)
        assert where.hostname is not None
        for _ in range(3):
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=5)
            headers = {"User-Agent": "runitor/1.4.1 (linux-amd64; +https://bdd.fi/x/runitor)"}
            if body:
                headers["Content-Type"] = "text/plain"
            path = f"{where.path}/ping/{self.handle}{ending}?create=1&rid={rid}"
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status not in AGAIN:
                break
        assert answer.status in (200, 201)
        return min(int(answer.headers["Ping-Body-Limit"]), 10_000_000)


def test_a_job_that_it_makes_has_what_its_command_printed(machine: Machine) -> None:
    runitor = Runitor(machine.url, f"{machine.ping_key()}/web-backup")
    (machine.bin / "restic.jsonl").write_text(RESTIC)
    assert runitor.run("cat", str(machine.bin / "restic.jsonl")) == 0
    assert runitor.run("sh", "-c", "echo Fatal: wrong password >&2; exit 12") == 12
    assert runitor.run("sh", "-c", "kill -9 $$") == 1
    good, wrong, killed = machine.runs_of("web-backup")
    assert (good.status, good.files, good.operation) == ("success", 11, "backup")
    assert (wrong.status, message_of(wrong.message)) == ("error", "Exit code 12: Fatal: wrong password")
    assert (killed.status, message_of(killed.message)) == ("error", "Exit code 1")
    assert all(run.duration_ms is not None for run in (good, wrong, killed))


def test_a_long_output_comes_with_its_end(machine: Machine) -> None:
    runitor = Runitor(machine.url, f"{machine.ping_key()}/long")
    (machine.bin / "long.txt").write_text("nothing that anybody knows\n" * 10_000 + RESTIC)
    assert runitor.run("cat", str(machine.bin / "long.txt")) == 0
    (run,) = machine.runs_of("long")
    assert (run.status, run.files) == ("success", 11)
    body = deliveries.body_of(machine.db, deliveries.of_run(machine.db, run.id)[-1].id)
    assert body.startswith(b"[runitor] Output truncated to last 100000 bytes.")
