"""An import into `main`, as the command and the page do it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from duplistat.services.imports.importing import Import
from duplistat.services.imports.into import Database, Nowhere
from duplistat.services.imports.result import Result
from duplistat.services.imports.source import opened
from duplistat.services.worker_context import WorkerContext
from tests.support.known import the_account
from tests.support.site import Site

Imported = Callable[..., Result]


@pytest.fixture
def imported(site: Site) -> Imported:
    """Import a file; `dry_run`, `account` and `after` as there."""

    def run(
        program: str, file: Path, *, dry_run: bool = False, account: str = "main", after: int = 0
    ) -> Result:
        owner = the_account(site.db, account)
        assert owner is not None
        context = WorkerContext(site.config, site.db, site.writes, site.now)
        with opened(program, file, site.config) as reader:
            result = Result(program, reader.version, dry_run)
            by = site.signature()["by"]
            into = Nowhere(context, owner.id) if dry_run else Database(context, owner.id, by)
            return Import(context, reader, into, result, lambda _: None, after=after).run()

    return run
