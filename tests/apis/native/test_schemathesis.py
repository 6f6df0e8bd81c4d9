"""Requests that schemathesis makes of the document, right ones and wrong ones: the server does what it says."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from duplistat.config import Config
from duplistat.services.access.api_keys import Scope
from duplistat.store.database import Database
from tests.apis.native.cast import Caller, filled, sealed
from tests.apis.native.document import DOCUMENT
from tests.support.clock import Clock
from tests.support.site import Site

# What requests to an address are made of when its test begins: made while tests are collected, they would be made in
# each process.
OF_AN_ADDRESS = schemathesis.pytest.from_fixture("schema")
# So that nothing is refused for being too much.
LIMITS = {"ingest_per_minute": 1_000_000, "ingest_burst": 1_000_000, "wrong_keys_per_minute": 0}
# What is wrong may be too large as well, which is said first.
REFUSALS = {
    "checks": {
        "negative_data_rejection": {
            "expected-statuses": [*NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES, "413"],
        }
    }
}
# More of them find more; these are found again each time.
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))


class Filled(NamedTuple):
    """A folder of data with something of everything, the key of who asks, and when it is there (ms)."""

    data: Path
    key: str
    now: int


@contextmanager
def site_over(data: Path) -> Iterator[Site]:
    config = Config.model_validate({"data": data, "server": {"timezone": "UTC"}, "limits": LIMITS})
    db = Database(config.database_url)
    try:
        yield Site(config, db, Clock("2026-01-28T12:00:00Z"))
    finally:
        db.close_all()


@pytest.fixture(scope="module")
def something(prepared_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    data = tmp_path_factory.mktemp("described")
    shutil.copy(prepared_sqlite, data / "duplistat.db")
    with site_over(data) as site:
        caller = Caller(site, site.key(*Scope))
        filled(caller)
        sealed(site)
        return Filled(data, caller.key, site.now())


@pytest.fixture
def caller(something: Filled, tmp_path: Path) -> Iterator[Caller]:
    """Who has a key for a server of its own: what is found does not depend on which addresses were tried before."""
    data = tmp_path / "data"
    shutil.copytree(something.data, data)
    with site_over(data) as site:
        site.now.at = something.now
        yield Caller(site, something.key)


@pytest.fixture(params=DOCUMENT["paths"])
def schema(request: pytest.FixtureRequest, caller: Caller) -> OpenApiSchema:
    """What the document says of one address."""
    path = request.param
    document = DOCUMENT | {"paths": {path: DOCUMENT["paths"][path]}}
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(REFUSALS))
    schema.app = partial(plain, caller.site.app.wsgi_app)
    # schemathesis names its tests anew by an attribute that pytest no longer has.
    request.node._nodeid = request.node.nodeid
    return schema


def plain(app: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """An answer as it is: without a server between them schemathesis asks for gzip, but does not undo it."""
    return app(environ | {"HTTP_ACCEPT_ENCODING": "identity"}, start_response)


@OF_AN_ADDRESS.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_each_answer_is_one_that_the_document_tells_of(case: schemathesis.Case[Any], caller: Caller) -> None:
    # What a change asks for may be well written and yet not be possible, such as a channel that is not there; and so
    # may a time of which evidence is wanted.
    possible = case.method not in ("POST", "PATCH", "DELETE") and case.path != "/api/v1/evidence"
    spared: list[Any] = [positive_data_acceptance] if is_ours(case) and not possible else []
    if is_ours(case):
        # So that no limit answers in place of what is asked.
        caller.site.now.forward(minutes=1)
    case.call_and_validate(headers={"X-Api-Key": caller.key}, excluded_checks=spared)


def is_ours(case: schemathesis.Case[Any]) -> bool:
    return case.path.startswith("/api/v1/")
