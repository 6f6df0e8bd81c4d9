"""report.sh with a curl that notes what it is given: what goes wrong around it changes no backup, loses no report."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from duplistat.wrapper import report

SCRIPT = Path(report.__file__).with_name("report.sh")
TAKEN = '{"status": "success", "message": "Report recorded"}\\n200'


@dataclass
class Shell:
    """What it runs finds the programs of `programs` before all others."""

    folder: Path
    programs: Path

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def stand_in(self, name: str, script: str) -> None:
        file = self.programs / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def answers(self, answer: str) -> None:
        keep = (
            f'for word; do case $word in http*) echo "${{word#*\\?}}" >> {self.folder}/queries ;; esac; done'
        )
        self.stand_in("curl", f"cat >> {self.folder}/configuration; {keep}; printf '{answer}'")

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        its = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "DUPLISTAT_URL": "http://host",
            "DUPLISTAT_KEY": "ds_key",
            "DUPLISTAT_SPOOL": str(self.spool),
            **environment,
        }
        words = ["dash", str(SCRIPT), "-s", "web", "-j", "job", "--", *command]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, stdout=pipe, stderr=pipe, env=its, start_new_session=True)

    def run(self, *command: str, **environment: str) -> tuple[int, bytes, bytes]:
        with self.start(*command, **environment) as process:
            printed, said = process.communicate(timeout=30)
        return process.returncode, printed, said

    def ends(self) -> list[dict[str, list[str]]]:
        """The results that were sent, each once: what still delivers in the background may send one as well."""
        sent = dict.fromkeys((self.folder / "queries").read_text().splitlines())
        return [parse_qs(query) for query in sent if "exit=" in query]

    def waiting(self) -> list[str]:
        return sorted(file.suffix for file in self.spool.glob("[0-9]*"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "programs").mkdir()
    shell = Shell(tmp_path, tmp_path / "programs")
    shell.answers(TAKEN)
    return shell


def test_a_clock_that_is_put_back_makes_no_duration_below_nothing(shell: Shell) -> None:
    """As at the start of a machine without a battery: a negative one would be refused, and the outcome lost."""
    clock = shell.folder / "clock"
    clock.write_text("1800000000")
    shell.stand_in("date", f"cat {clock}")
    assert shell.run("sh", "-c", f"echo 1700000000 > {clock}; exit 3")[0] == 3
    (sent,) = shell.ends()
    assert sent["started"] == ["1800000000"]
    assert int(sent["ended"][0]) - 1800000000 == int(sent["duration"][0]) < 30
    assert shell.waiting() == []


def test_what_cleans_up_after_a_signal_to_all_can_still_say_so(shell: Shell) -> None:
    """As systemd stops a service: what copies the output gets the signal as well."""
    code = "trap 'sleep 0.2; echo cleaned up; echo too >&2; exit 7' TERM; echo ready; while :; do sleep 0.02; done"
    with shell.start("sh", "-c", code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.killpg(process.pid, signal.SIGTERM)
        printed, said = process.communicate(timeout=30)
    assert (process.returncode, printed) == (7, b"cleaned up\n")
    # The shell of the command says itself what became of its sleep.
    assert said.endswith(b"too\n")
    assert [sent["exit"] for sent in shell.ends()] == [["7"]]


def test_what_cannot_be_kept_at_the_end_is_sent_at_once(shell: Shell) -> None:
    """As on a disk that the backup filled. What was noted would be told as interrupted otherwise."""
    shell.stand_in("mv", 'case $2 in *.end) exit 1 ;; esac; exec /bin/mv "$@"')
    assert shell.run("sh", "-c", "exit 3") == (3, b"", b"")
    assert [sent["exit"] for sent in shell.ends()] == [["3"]]
    assert shell.waiting() == []


def test_a_folder_that_goes_away_changes_no_exit_code(shell: Shell) -> None:
    code, printed, _ = shell.run("sh", "-c", f"echo done; rm -r {shell.spool}; exit 4")
    assert (code, printed) == (4, b"done\n")
    assert [sent["exit"] for sent in shell.ends()] == [["4"]]
    shell.stand_in("mkfifo", f"rm -r {shell.spool}; exit 1")
    assert shell.run("sh", "-c", "exit 5")[0] == 5
    assert [sent["exit"] for sent in shell.ends()] == [["4"], ["5"]]


@pytest.mark.parametrize("name", ["post", "now", "say", "exit"])
def test_a_command_may_be_called_like_anything_of_ours(shell: Shell, name: str) -> None:
    shell.stand_in(name, 'echo "its own: $1"; exit 3')
    assert shell.run(name, "word") == (3, b"its own: word\n", b"")


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("<html>Sign in</html>\\n200", [".end", ".out"]),
        ("<html>The plain HTTP request was sent to HTTPS port</html>\\n400", [".end", ".out"]),
        ('{"status": "error", "message": "wrong"}\\n422', []),
        ("too large\\n413", []),
    ],
)
def test_only_the_server_takes_and_refuses_reports(shell: Shell, answer: str, left: list[str]) -> None:
    shell.answers(answer)
    assert shell.run("true")[0] == 0
    assert shell.waiting() == left


@pytest.mark.parametrize("content", ["ds_own\r\n", "X-Api-Key: ds_own \r\n\r\n", "ds_own\n\n", "ds_own"])
def test_a_key_is_the_last_word_however_its_lines_end(shell: Shell, content: str) -> None:
    file = shell.folder / ".duplistat-key"
    file.write_bytes(content.encode())
    shell.stand_in("getent", f"echo root:x:0:0:root:{shell.folder}:/bin/sh")
    shell.run("true", DUPLISTAT_KEY="", HOME="")
    shell.run("true", DUPLISTAT_KEY=content)
    keys = (shell.folder / "configuration").read_text().splitlines()[::2]
    assert set(keys) == {'header = "X-Api-Key: ds_own"'}
    assert len(shell.ends()) == 2
