"""A key is nowhere but with who has it: not in the log, not in the data folder."""

from pathlib import Path

import requests

from tests.support.serving import run, serving

READ = "/api/integration/counts"
LOUD = {"DUPLISTAT_LOG_LEVEL": "debug", "DUPLISTAT_LOG_ACCESS": "true"}


def created(data: Path, verb: str, *more: str) -> str:
    """The key that a command printed."""
    ran = run("key", verb, "--data", str(data), "--name", "k", *more)
    assert ran.returncode == 0, ran.stderr
    key = ran.stdout.strip()
    assert key not in ran.stderr
    return key


def test_no_key_is_in_the_log_or_in_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, workers=1, **LOUD) as server:
        old = created(data, "create", "--scope", "ingest", "--scope", "read")
        new = created(data, "rotate", "--keep-hours", "1")
        wrong = "ds_never-made-by-anyone"
        for key, status in ((old, 200), (new, 200), (wrong, 401)):
            ways = (
                requests.get(f"{server.url}{READ}?key={key}", timeout=30),
                requests.get(f"{server.url}{READ}", headers={"X-Api-Key": key}, timeout=30),
                requests.get(f"{server.url}{READ}", auth=("anyone", key), timeout=30),
                requests.get(f"{server.url}{READ}", headers={"Authorization": f"Bearer {key}"}, timeout=30),
            )
            assert [answer.status_code for answer in ways] == [status] * 4
            assert not [answer for answer in ways if key in answer.text + str(answer.headers)]
            requests.get(f"{server.url}/nothing?key={key}", timeout=30)
            requests.post(f"{server.url}/api/upload?key={key}", data=b"hello", timeout=30)
        assert server.terminate() == 0
        log = server.output()
    assert READ in log
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"hello" in kept or b"/api/upload" in kept
    for key in (old, new, wrong):
        assert key not in log
        assert key.encode() not in kept
