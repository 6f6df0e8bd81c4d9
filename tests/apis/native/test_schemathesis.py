"""Requests that schemathesis makes of the document, right ones and wrong ones: the server does what it says."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from duplistat.apis.native import openapi
from duplistat.config import Config
from duplistat.services.access.api_keys import Scope
from duplistat.store.database import Database
from tests.apis.native.cast import Caller, filled
from tests.support.clock import Clock
from tests.support.site import Site

SERVED: list[Callable[..., Any]] = []
SCHEMA = schemathesis.openapi.from_dict(openapi.document("/"), config=SchemathesisConfig())
# The tests are made before the server is there.
SCHEMA.app = lambda environ, start_response: SERVED[-1](environ, start_response)
# So that nothing is refused for being too much.
LIMITS = {"ingest_per_minute": 1_000_000, "ingest_burst": 1_000_000, "wrong_keys_per_minute": 0}
# More of them find more; these are found again each time.
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "20"))


@pytest.fixture(scope="module")
def key(prepared_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A key for a server with something of everything."""
    data = tmp_path_factory.mktemp("described")
    shutil.copy(prepared_sqlite, data / "duplistat.db")
    config = Config.model_validate({"data": data, "server": {"timezone": "UTC"}, "limits": LIMITS})
    db = Database(config.database_url)
    site = Site(config, db, Clock("2026-01-28T12:00:00Z"))
    caller = Caller(site, site.key(Scope.READ, Scope.INGEST))
    filled(caller)
    SERVED.append(site.app.wsgi_app)
    yield caller.key
    db.close()


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_each_answer_is_one_that_the_document_tells_of(case: schemathesis.Case[Any], key: str) -> None:
    case.call_and_validate(headers={"X-Api-Key": key})
