"""What is set, and what becomes of one report on its way."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from duplistat.wrapper import report
from duplistat.wrapper.relay import Output
from duplistat.wrapper.report import Reporter, Settings, send, settings_of
from duplistat.wrapper.spool import Undelivered
from duplistat.wrapper.words import VALUED, WORDS

SHELL = Path(report.__file__).with_name("report.sh")
TAKEN = {"status": "success", "message": "Report recorded", "data": {}}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("URL", "KEY", "KEY_FILE", "SPOOL", "TIMEOUT"):
        monkeypatch.delenv(f"DUPLISTAT_{name}", raising=False)
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def with_(url: str, **given: str) -> Settings:
    return settings_of(["/usr/bin/restic", "backup"], {"url": url, **given})


def test_a_command_says_what_it_is_where_nothing_is_set() -> None:
    settings = settings_of(["/usr/bin/restic", "-r", "/srv", "check"], {})
    assert settings.query["job"] == settings.query["tool"] == "restic"
    assert (settings.query["operation"], settings.url, settings.key) == ("verify", "", "")
    assert settings.query["server"]
    assert settings_of(["C:/bin/restic.EXE"], {}).query["tool"] == "restic"
    # A word among the arguments of anything else means nothing.
    assert settings_of(["rsync", "restore", "nas:"], {}).query["operation"] == ""
    assert settings_of(["restic", "check"], {"operation": "other", "job": "j"}).query["operation"] == "other"


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        ("restic -r /srv check", "verify"),
        ("restic forget --keep-daily 7 --prune", "prune"),
        ("restic unlock", "other"),
        # The word that comes first decides: the rest are names.
        ("restic backup --tag check /srv/list", "backup"),
        ("borg create ::list /srv/info", "backup"),
        ("/usr/bin/borg delete ::old", "prune"),
        ("borg extract ::data", "restore"),
        ("borgmatic prune compact create check", "backup"),
        ("borgmatic check --force", "verify"),
        ("borgmatic -v 1", ""),
        ("borgmatic -n create", "other"),
        ("borg2 -r /srv repo-create -e none", "other"),
        ("rclone sync list: check", "backup"),
        ("rclone delete nas:old", "prune"),
        ("rclone lsl nas:", "other"),
        ("kopia snapshot create /srv", "backup"),
        ("kopia snapshot verify", "verify"),
        ("kopia maintenance run --full", "prune"),
        ("duplicity /srv file:///repo", "backup"),
        ("duplicity --no-print-statistics /srv file:///repo", "backup"),
        ("duplicity inc /srv file:///repo", "backup"),
        ("duplicity --force file:///repo /srv", "restore"),
        # What follows an option may be its value.
        ("duplicity /srv file:///repo --volsize 200", ""),
        ("duplicity /srv file:///repo --no-print-statistics", ""),
        ("duplicity file:///a file:///b", ""),
        ("duplicity file:///repo", ""),
        ("duplicity --name backup verify file:///repo /srv", "verify"),
        # Values of options are no commands.
        ("restic -r backup check", "verify"),
        ("restic --tag full check", "verify"),
        ("restic -r copy snapshots", "other"),
        ("restic --host backup snapshots", "other"),
        ("restic -p key backup /srv", "backup"),
        ("restic --cacert check --password-command ls backup /srv", "backup"),
        ("borg --remote-path check --rsh diff create ::a /srv", "backup"),
        ("rclone --log-file check sync /srv nas:", "backup"),
        ("restic --password-file key backup /srv", "backup"),
        ("restic -r repository backup /srv", "backup"),
        ("restic -r --repo backup /srv", "backup"),
        ("borg -p check /srv/repo", "verify"),
        ("borgmatic --config create check", "verify"),
        ("rclone -v --config sync check /srv nas:", "verify"),
        # Nor are commands of other tools.
        ("restic full", ""),
        ("rclone check backup nas:", "verify"),
        ("kopia snapshot create /list", "backup"),
        ("duplicity remove-older-than 6M --force file:///repo", "prune"),
        ("rdiff-backup --remove-older-than 2W /srv/repo", "prune"),
        ("rdiff-backup /srv /repo", ""),
        ("restic backup -n /srv", "other"),
        ("borg create --dry-run ::a /srv", "other"),
        ("rsync -avn /srv/ nas:", "other"),
        ("rsync -a --dry-run /srv/ nas:", "other"),
        ("rsync -rnv -e ssh /srv/ nas:", "other"),
        ("rsync -ane ssh /srv/ nas:", "other"),
        ("rsync -a -enc /srv/ nas:", ""),
        ("rsync -aTn /srv/ nas:", ""),
        ("rsync -a --inplace --no-owner /srv/ nas:", ""),
        ("rsync -e ssh-n -T/mnt -a /srv/ nas:", ""),
        ("rsync restore nas:", ""),
        ("tar -cn backup", ""),
        ("backup.sh check", ""),
    ],
)
def test_what_a_command_does_is_in_its_words(command: str, operation: str) -> None:
    words = command.split()
    assert settings_of(words, {}).query["operation"] == operation
    script = SHELL.read_text("utf-8")
    function = script[
        script.index("operation_of() {") : script.index("\n}\n", script.index("operation_of() {")) + 3
    ]
    line = [*("dash", "-c", f'{function}operation_of "${{1##*/}}" "$@"', "report.sh"), *words]
    said = subprocess.run(line, capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout.strip() == operation


def test_both_programs_know_the_same_words() -> None:
    script = SHELL.read_text("utf-8")
    begin = script.index("operation_of() {")
    cases = re.findall(
        r"^        ([a-z0-9| -]+)\)\n(.+?)^            ;;$",
        script[begin : script.index("\n}\n", begin)],
        re.MULTILINE | re.DOTALL,
    )
    found = {
        tool: {
            word: name
            for name, words in re.findall(r"(\w+)=(?:'|\"\$other )(.+?)['\"]", lists)
            for word in words.split()
        }
        for tools, lists in cases
        for tool in tools.split(" | ")
    }
    assert found == WORDS
    skipped = re.findall(r"^ +((?:\*:-[a-z-]+(?: \| )?)+)\) skipped=1", script, re.MULTILINE)
    assert {word.removeprefix("*:") for line in skipped for word in line.split(" | ")} == VALUED


def test_the_key_is_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".duplistat-key").write_text("X-Api-Key: ds_default\n")
    given = tmp_path / "given"
    given.write_text("ds_given\n")
    settings = with_("http://a")
    assert (settings.key, settings.key_from) == ("ds_default", str(tmp_path / ".duplistat-key"))
    monkeypatch.setenv("DUPLISTAT_KEY", "ds_environment")
    assert (with_("http://a").key, with_("http://a").key_from) == ("ds_environment", "environment")
    assert with_("http://a", key_file=str(given)).key == "ds_given"
    # What cannot be read is no reason not to run.
    assert with_("http://a", key_file=str(tmp_path / "none")).key == ""


def test_nobody_waits_for_more_than_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [with_("http://a", timeout=text).timeout for text in ("3", "60", "-1", "soon", "nan")]
    assert told == [3.0, 10.0, 0.0, 10.0, 10.0]
    monkeypatch.setenv("DUPLISTAT_TIMEOUT", "2.5")
    assert with_("http://a").timeout == 2.5


def test_where_runs_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_("http://a").folders[0] == tmp_path / ".local/state/duplistat/spool"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/backup:/var/lib/other")
    assert with_("http://a").folders[0] == Path("/var/lib/backup/duplistat/spool")
    monkeypatch.setenv("DUPLISTAT_SPOOL", "/srv/spool")
    assert with_("http://a").folders[0] == Path("/srv/spool")
    assert with_("http://a", spool="/else").folders[0] == Path("/else")


class At:
    """A report that is sent to a server of a test."""

    def __init__(self, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DUPLISTAT_KEY", "ds_key")
        self.settings = with_(server.url_for("/below/").rstrip("/"), timeout="5")

    def send(self, packed: bytes = b"", url: str = "", key: str = "") -> None:
        header = {"url": url or self.settings.url, "key": key, "query": {"job": "ü & b"}}
        send(self.settings, header, packed)


@pytest.fixture
def at(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> At:
    return At(httpserver, monkeypatch)


def test_a_report_is_posted_with_its_key(httpserver: HTTPServer, at: At) -> None:
    httpserver.expect_request("/below/api/report", method="POST").respond_with_json(TAKEN)
    at.send(gzip.compress(b"printed"))
    (request, _) = httpserver.log[0]
    assert (request.headers["X-Api-Key"], request.args["job"]) == ("ds_key", "ü & b")
    assert gzip.decompress(request.data) == b"printed"


def test_what_was_kept_for_another_server_or_key_goes_nowhere_else(httpserver: HTTPServer, at: At) -> None:
    httpserver.expect_request("/below/api/report").respond_with_json(TAKEN)
    with pytest.raises(LookupError):
        at.send(url="http://other")
    with pytest.raises(LookupError):
        at.send(key="/root/other-key")
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("response", "again", "problem"),
    [
        (Response("Found", 302, {"Location": "/elsewhere"}), True, "302"),
        (Response("<html>Sign in</html>", 200), True, "Expecting value"),
        (Response('{"status": "ok"}', 200), True, "no duplistat"),
        (Response('{"status": "error", "message": "no such key"}', 401), True, "401"),
        (Response("busy", 429), True, "429"),
        (Response("down", 503), True, "503"),
        # Of this one the rest never comes.
        (Response("no chunk", 503, {"Transfer-Encoding": "chunked"}), True, "503"),
        (Response('{"status": "error"}', 400), False, "400"),
        (Response("<html>The plain HTTP request was sent to HTTPS port</html>", 400), True, "400"),
    ],
)
def test_what_is_not_taken_is_sent_again_unless_it_is_wrong(
    httpserver: HTTPServer, at: At, response: Response, again: bool, problem: str
) -> None:
    httpserver.expect_request("/below/api/report").respond_with_response(response)
    with pytest.raises(Undelivered, match=problem) as raised:
        at.send(b"x")
    assert raised.value.again is again
    assert len(httpserver.log) == 1


def test_a_note_that_a_slow_disk_makes_after_the_end_is_none(
    httpserver: HTTPServer, at: At, tmp_path: Path
) -> None:
    """It would be told as interrupted at the next run."""
    httpserver.expect_request("/below/api/report").respond_with_json(TAKEN)
    at.settings.folders = [tmp_path / "spool"]
    reporter = Reporter(at.settings, Output())
    reporter.end(0)
    reporter.begin()
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_proxy_that_takes_no_more_gets_the_end_of_the_output(httpserver: HTTPServer, at: At) -> None:
    def small(request: Request) -> Response:
        body = gzip.decompress(request.data)
        return Response("too large", 413) if len(body) > 100_000 else Response(json.dumps(TAKEN))

    httpserver.expect_request("/below/api/report").respond_with_handler(small)
    at.send(gzip.compress(b"x" * 200_000 + b"summary"))
    last = gzip.decompress(httpserver.log[-1][0].data)
    assert (len(last), last[-7:]) == (64 * 1024, b"summary")


def test_without_a_key_nothing_is_sent(at: At) -> None:
    at.settings.key = ""
    with pytest.raises(Undelivered, match="no key"):
        at.send()
