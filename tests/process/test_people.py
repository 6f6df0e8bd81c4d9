"""People and a server as they run: workers that only read, a writer, real hashes, a real mail."""

import re
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.mailbox import mail_server
from tests.support.serving import serving

LOUD = {"DUPLISTAT_LOG_LEVEL": "debug", "DUPLISTAT_LOG_ACCESS": "true"}
PASSWORD, NEW, WRONG = "correct horse", "battery staple", "wrong-password"


def make_user(data: Path) -> None:
    """By the command, beside the server."""
    words = ["user", "create", "--data", str(data), "--email", "jo@example.org", "--name", "Jo"]
    subprocess.run(
        [sys.executable, "-m", "duplistat", *words], input=f"{PASSWORD}\n", text=True, check=True, timeout=60
    )


def test_somebody_signs_in_and_gets_back_in_and_no_secret_is_left_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with mail_server() as box:
        mail = {"HOST": "127.0.0.1", "PORT": str(box.port), "SENDER": "backup@example.org"}
        settings = LOUD | {f"DUPLISTAT_MAIL_{name}": value for name, value in mail.items()}
        with serving(data, workers=2, **settings) as server, requests.Session() as browser:
            make_user(data)

            def call(name: str, **form: str) -> str:
                answer = browser.post(f"{server.url}/api.php", data={"apiCALL": name} | form, timeout=60)
                assert answer.status_code == 200
                return answer.text

            assert 'code="auth"' in call("login", email="jo@example.org", password=WRONG)
            assert '<name value="Jo">' in call("login", email="jo@example.org", password=PASSWORD)
            (first,) = [cookie.value for cookie in browser.cookies]
            assert 'status value="ok"' in call("updateUserData", mobile="1")
            assert 'status value="ok"' in call("recoverPassword", email="jo@example.org")
            code = box.wait_for_one(r"recoverycode=(\S+)")
            page = requests.get(f"{server.url}/password?recoverycode={code}", timeout=60)
            assert (page.status_code, page.text.count(code)) == (200, 2)
            assert 'status value="ok"' in call("resetPassword", recoverycode=code, password=NEW)
            (second,) = [cookie.value for cookie in browser.cookies]
            assert second != first
            requests.get(f"{server.url}/api.php?apiCALL=login&password={PASSWORD}", timeout=60)
            assert server.terminate() == 0
            log = server.output()
    assert "/api.php" in log
    assert '"GET /password" 200' in log
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"jo@example.org" in kept
    for secret in (PASSWORD, NEW, WRONG, first, second, code):
        assert secret
        assert secret not in log
        assert secret.encode() not in kept
    assert not re.search("Traceback", log)
