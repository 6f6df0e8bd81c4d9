"""What a confined process may do: tried in one, by the calls that a library would make."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each is tried for itself; what it raises is told, with the events that were refused.
TRY = """
import asyncio, ctypes, json, os, shutil, socket, sqlite3, subprocess, sys, syslog, tempfile, threading, urllib.request
from duplistat.notify import confine
confinement = confine.Confinement()
confine.install(confinement)
answers = []
for code, allow in json.loads(sys.argv[1]):
    confinement.allow = tuple(allow)
    confinement.refused.clear()
    try:
        exec(code)
        answers.append(["done", []])
    except BaseException as e:
        answers.append([type(e).__name__, list(confinement.refused)])
print(json.dumps(answers))
"""
OTHER, LOOPBACK = ["192.168.7.0/24"], ["127.0.0.0/8"]
REFUSED = (
    ("subprocess.run(['true'])", "subprocess.Popen"),
    ("os.system('true')", "os.system"),
    ("os.execv('/bin/true', ['true'])", "os.exec"),
    ("os.posix_spawn('/bin/true', ['true'], {})", "os.posix_spawn"),
    ("os.fork()", "os.fork"),
    ("open('x', 'w')", "open"),
    ("open('x', 'a+b')", "open"),
    ("os.open('x', os.O_WRONLY | os.O_CREAT)", "open"),
    ("open('/etc/passwd')", "open"),
    ("open('/proc/self/environ', 'rb')", "open"),
    ("tempfile.NamedTemporaryFile()", "open"),
    ("os.mkdir('x')", "os.mkdir"),
    ("os.rename('x', 'y')", "os.rename"),
    ("sqlite3.connect('x')", "sqlite3.connect"),
    ("syslog.syslog('x')", "syslog.syslog"),
    ("ctypes.CDLL('libc.so.6')", "ctypes.dlopen"),
    ("socket.create_server(('127.0.0.1', 0))", "socket.bind"),
    ("socket.create_connection(('127.0.0.1', 9))", "socket.connect"),
    ("socket.create_connection(('localhost', 9))", "socket.connect"),
    ("socket.create_connection(('2130706433', 9))", "socket.connect"),
    ("socket.socket().connect(('localhost', 9))", "socket.connect"),
    ("socket.socket().connect_ex(('169.254.169.254', 80))", "socket.connect"),
    ("socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', 9))", "socket.connect"),
    ("socket.socket(socket.AF_INET6).connect(('64:ff9b::7f00:1', 9))", "socket.connect"),
    ("socket.socket(socket.AF_UNIX).connect('/dev/log')", "socket.connect"),
    ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))", "socket.sendto"),
    ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('localhost', 9))", "socket.sendto"),
    ("socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('10.0.0.1', 9))", "socket.sendmsg"),
    ("urllib.request.urlopen('http://127.0.0.1:9/')", "socket.connect"),
    ("urllib.request.urlopen('file:///etc/passwd')", "open"),
)
NEEDED = (
    "import xml.etree.ElementTree, zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')",
    "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 10))",
    "import ssl, certifi; ssl.create_default_context(cafile=certifi.where())",
    "asyncio.run(asyncio.sleep(0))",
    "threading.Thread(target=print).start()",
)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """What came of each piece of code, in one process whose folder is empty, and has to be so afterwards."""
    folder = tmp_path_factory.mktemp("empty")
    codes = [*((code, OTHER) for code, _ in REFUSED), *((code, LOOPBACK) for code in NEEDED)]
    done = subprocess.run(
        [sys.executable, "-P", "-c", TRY, json.dumps(codes)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, done.stderr
    assert list(folder.iterdir()) == []
    return dict(zip((code for code, _ in codes), json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize(("code", "event"), REFUSED)
def test_what_is_not_needed_is_refused(
    code: str, event: str, tried: dict[str, tuple[str, list[str]]]
) -> None:
    ended, refused = tried[code]
    assert ended != "done"
    assert event in refused


@pytest.mark.parametrize("code", NEEDED)
def test_what_is_needed_works(code: str, tried: dict[str, tuple[str, list[str]]]) -> None:
    assert tuple(tried[code]) == ("done", [])
