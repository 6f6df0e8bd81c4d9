"""A server over a database of its own, and reports to put into it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from duplistat.app import create_app
from duplistat.config import load
from duplistat.core.times import to_ms
from duplistat.services.bootstrap import main_account
from duplistat.services.commands import Direct
from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS
from tests.support.signing import session, sign_in
from tests.web.site import NOW, Site


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with site_over(database_url, tmp_path) as site:
        yield site


@pytest.fixture
def site_on_both(both_databases: str, database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The same on SQLite and on PostgreSQL, for pages with statements of their own."""
    with site_over(database_url, tmp_path) as site:
        yield site


@contextmanager
def site_over(database_url: str, data: Path, **sections: dict[str, Any]) -> Iterator[Site]:
    """A server over a database that is prepared."""
    given = {"server": {"timezone": "Europe/Berlin"}, "database": {"url": database_url}} | sections
    config = load(environment={}, data=data, overrides=given)
    times = {"now": NOW}
    db = Database(config.database_url)
    main = main_account(db)
    app = create_app(config, db=db, now=lambda: to_ms(times["now"]))
    client = app.test_client()
    # Tests put the clock forth and back: this session outlives them.
    token = sign_in(client, session(db, main, to_ms(NOW), lasts_ms=4000 * DAY_MS))
    yield Site(client, db, Direct(db, config), app, token, times)
    db.close_all()


@pytest.fixture
def counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """How many statements a page costs."""

    def count(address: str) -> int:
        statements: list[str] = []
        execute = Database.execute

        def counting(self: Database, statement: str, parameters: Any = ()) -> Any:
            statements.append(statement)
            return execute(self, statement, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(Database, "execute", counting)
            site.html(address)
        return len(statements)

    return count


@pytest.fixture
def duplicati() -> Callable[..., dict[str, Any]]:
    """A report as Duplicati 2.2 sends it, with other values for `Data` on top."""
    folder = Path(__file__).parents[1] / "formats" / "duplicati"
    text = (folder / "04_backup_success_2.2.0.3_scheduled.json").read_text("utf-8")

    def make(**data: Any) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(text)
        report["Data"] |= data
        return report

    return make
