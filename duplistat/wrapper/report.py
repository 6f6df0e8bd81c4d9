"""Report a run to a duplistat server: that it began, how it ended, and what was left of others."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import secrets
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duplistat.wrapper.relay import Output
from duplistat.wrapper.spool import Spool, Undelivered, pack
from duplistat.wrapper.words import operation_of

# Filled in by the server that this was fetched from.
URL = ""
KEY_FILE = "~/.duplistat-key"
LONGEST_WAIT = 10.0
# Tools whose one output tells of several jobs.
OF_SEVERAL = ("borgmatic", "kopia", "rustic", "resticprofile", "vzdump")
# What a proxy takes that refuses the rest, bytes.
SMALL = 64 * 1024


@dataclass
class Settings:
    """What is set. `key_from` says where the key is from: what waits is delivered with a key from the same place."""

    url: str
    key: str
    key_from: str
    query: dict[str, str]
    keep: str
    timeout: float
    folders: list[Path]
    quiet: bool

    def say(self, text: object) -> None:
        if not self.quiet:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(f"duplistat: {text}\n")
                sys.stderr.flush()


def settings_of(command: list[str], given: dict[str, Any]) -> Settings:
    """From options ("" for those that are not given) and the environment. Never raises: a backup runs whatever is
    wrong with them."""

    def chosen(name: str, default: str = "") -> str:
        return given.get(name) or os.environ.get(f"DUPLISTAT_{name.upper()}", "").strip() or default

    key, key_from = ("", "") if given.get("key_file") else (os.environ.get("DUPLISTAT_KEY", "").strip(), "")
    if key:
        key_from = "environment"
    else:
        with contextlib.suppress(OSError, RuntimeError, UnicodeDecodeError, IndexError):
            file = Path(chosen("key_file", KEY_FILE)).expanduser().resolve()
            # The key alone, or as a header for curl: `X-Api-Key: ds_…`.
            key, key_from = file.read_text("utf-8").split()[-1], str(file)
    try:
        timeout = max(0.0, min(LONGEST_WAIT, float(chosen("timeout", "10"))))
    except ValueError:
        timeout = LONGEST_WAIT
    tool = Path(command[0]).name if command else ""
    tool = tool[:-4] if tool.lower().endswith(".exe") else tool
    operation = operation_of(tool, command[1:])
    query = {"server": socket.gethostname(), "job": tool, "tool": tool, "operation": operation}
    return Settings(
        url=chosen("url", URL).rstrip("/"),
        key=key if key.isascii() and key.isprintable() else "",
        key_from=key_from,
        query={name: given.get(name) or default for name, default in query.items()},
        keep=given.get("keep") or "both",
        timeout=timeout,
        folders=_folders(chosen("spool")),
        quiet=bool(given.get("quiet")),
    )


def _folders(chosen: str) -> list[Path]:
    """Where runs are kept: the first of these that can be used."""
    folders = [Path(chosen)] if chosen else []
    bases = [os.environ.get(name, "") for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "LOCALAPPDATA")]
    if not chosen:
        with contextlib.suppress(RuntimeError):
            base = next((base.split(os.pathsep)[0] for base in bases if base), "")
            folders = [Path(base or Path("~/.local/state").expanduser(), "duplistat", "spool")]
    with contextlib.suppress(OSError):
        folders.append(
            Path(tempfile.gettempdir(), f"duplistat-{os.geteuid() if hasattr(os, 'geteuid') else 0}")
        )
    return folders


class _Straight(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Whatever is sent on would arrive without its body: nothing is followed."""


def post(settings: Settings, query: dict[str, str], packed: bytes) -> None:
    """Send one report; its output is packed with gzip. Raises Undelivered."""
    address = f"{settings.url}/api/report?{urllib.parse.urlencode(query, errors='replace')}"
    headers = {"X-Api-Key": settings.key, "Content-Type": "text/plain", "User-Agent": "duplistat-run"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    try:
        request = urllib.request.Request(address, packed, headers)  # noqa: S310  # of whoever runs it
        opener = urllib.request.build_opener(_Straight)
        with opener.open(request, timeout=max(settings.timeout, 0.1)) as answer:
            content = json.loads(answer.read(1_000_000))
        taken = isinstance(content, dict) and content.get("status") == "success"
    except urllib.error.HTTPError as error:
        text = ""
        # What is left of an answer may never come.
        with contextlib.suppress(Exception), error:
            text = " ".join(error.read(300).decode("utf-8", "replace").split())
        # What anything else between us and the server says decides nothing, but for the size that a proxy takes.
        ours = error.code in (400, 422) and '"status"' in text and '"error"' in text
        raise Undelivered(f"{error.code} {text}", again=error.code != 413 and not ours) from None
    except Exception as error:  # OSError, ValueError, and http.client has a family of its own
        raise Undelivered(f"{settings.url}: {getattr(error, 'reason', '') or error}") from None
    if not taken:
        raise Undelivered(f"{settings.url}: what answers there is no duplistat")


def send(settings: Settings, header: dict[str, Any], packed: bytes) -> None:
    """Send a report that may have waited. Raises Undelivered, and LookupError for one of another server or key."""
    if header["url"] != settings.url or header["key"] not in ("", settings.key_from):
        raise LookupError(header["url"])
    if not settings.key:
        raise Undelivered("there is no key: set DUPLISTAT_KEY or DUPLISTAT_KEY_FILE")
    try:
        post(settings, header["query"], packed)
    except Undelivered as error:
        if not packed or not str(error).startswith("413"):
            raise
        post(settings, header["query"], gzip.compress(gzip.decompress(packed)[-SMALL:]))


def flush(settings: Settings) -> int:
    """Deliver all that waits; 1 where something is left."""
    try:
        spool = Spool(settings.folders)
        spool.bury()
        taken = spool.deliver(lambda header, packed: send(settings, header, packed), settings.say)
        left = len(spool.names(".end"))
    except (OSError, Undelivered) as error:
        settings.say(error)
        return 1
    settings.say(f"delivered: {taken}; left: {left}")
    return int(left > 0)


class Reporter:
    """Tells of one run. It may take long, and fail: whoever calls it waits for a time alone."""

    def __init__(self, settings: Settings, output: Output) -> None:
        self._settings, self._output = settings, output
        self._clock, self._began = time.monotonic(), time.time()
        self._name = f"{int(self._began * 1000):015d}-{secrets.token_hex(4)}"
        query = {**settings.query, "run": self._name, "started": f"{self._began:.3f}"}
        self._header: dict[str, Any] = {"url": settings.url, "key": settings.key_from, "query": query}
        self._spool: Spool | None = None
        self._wire, self._over = threading.Lock(), threading.Event()

    def begin(self) -> None:
        """Note on disk that it runs: from now on it is told of, whoever is killed. Raises OSError."""
        spool = Spool(self._settings.folders)
        spool.hold(f"{self._name}.run", json.dumps(self._header).encode())
        self._spool = spool
        if self._over.is_set():
            # The disk was slower than the command, and its report has gone without a note.
            self._clear()

    def accompany(self) -> None:
        """While it runs: tell of others that were left, and that this one began; keep on disk what it prints."""
        with contextlib.suppress(OSError, Undelivered), self._wire:
            if self._spool:
                self._spool.bury()
                self._deliver()
            if self._settings.query["tool"] not in OF_SEVERAL and not self._over.is_set():
                query = {**self._header["query"], "state": "started"}
                send(self._settings, {**self._header, "query": query}, b"")
        pause, size = 1.0, 0
        while self._spool and not self._over.wait(pause):
            if self._output.size != size:
                size, pause = self._output.size, min(pause * 1.2, 60.0)
                with contextlib.suppress(OSError):
                    self._spool.put(f"{self._name}.out", self._output.kept())

    def end(self, code: int) -> None:
        """Tell how it ended: first the disk, then the server."""
        self._over.set()
        lasted = time.monotonic() - self._clock
        told = {"exit": str(code), "duration": f"{lasted:.3f}", "ended": f"{self._began + lasted:.3f}"}
        header = {**self._header, "query": {**self._header["query"], **told}}
        whole = pack(header, self._output.kept())
        kept = self._keep(whole) or self._keep(pack(header, b""))
        try:
            with self._wire:
                if not kept:
                    send(self._settings, header, whole.partition(b"\n")[2])
                    self._clear()
                if self._spool:
                    self._spool.fit()
                    self._deliver()
        except Undelivered as error:
            later = "kept for the next run" if kept else "not kept"
            self._settings.say(f"the report was not delivered, and is {later}: {error}")

    def _keep(self, report: bytes) -> bool:
        if self._spool is None:
            return False
        try:
            self._spool.put(f"{self._name}.end", report)
        except OSError as error:
            self._settings.say(f"a report cannot be kept: {error}")
            return False
        self._clear()
        return True

    def _clear(self) -> None:
        if self._spool:
            self._spool.remove(f"{self._name}.run", f"{self._name}.out")

    def _deliver(self) -> None:
        if self._spool:
            self._spool.deliver(
                lambda header, packed: send(self._settings, header, packed), self._settings.say
            )
