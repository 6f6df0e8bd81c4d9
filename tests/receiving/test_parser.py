"""Which parser reads the heads of requests."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.listening import listening
from duplistat.receiving.arrival import Arrival, Bounds
from duplistat.serve import Application
from duplistat.store.write_health import unlogged


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("another parser was asked")


@pytest.fixture
def _other_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that gunicorn takes by itself when it can be imported."""
    other = ModuleType("gunicorn_h1c")
    other.LimitRequestLine = type("LimitRequestLine", (Exception,), {})  # type: ignore[attr-defined]  # made here
    other.parse_request = refuse  # type: ignore[attr-defined]  # made here
    monkeypatch.setitem(sys.modules, "gunicorn_h1c", other)
    monkeypatch.setattr("gunicorn.http.message._fast_parser_available", None)
    monkeypatch.setattr("gunicorn.http.message._fast_parser_module", None)


@pytest.mark.usefixtures("_other_parser")
def test_heads_are_read_by_gunicorns_own_parser_whatever_else_is_installed(tmp_path: Path) -> None:
    with listening("127.0.0.1", 0, 1, 0) as listeners:
        cfg = Application(
            Config(data=tmp_path), listeners, [], tmp_path / "none", unlogged(), 1, lambda _: 1
        ).cfg
        for address in cfg.settings["bind"].get():
            os.close(int(address.removeprefix("fd://")))
    one = Arrival(cfg, ("192.0.2.1", 1), 1, Bounds(1000, tmp_path))
    one.feed(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    assert next(one).path == "/a"
