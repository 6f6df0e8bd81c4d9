"""A server with something of everything, and a caller with a key for it."""

from collections.abc import Callable

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import Caller, filled_site, first_caller, sealed
from tests.apis.native.program import Program
from tests.support.alerting import Alerting
from tests.support.site import Site


@pytest.fixture
def caller(site: Site) -> Caller:
    """A key of the account `main`, for a server with nothing in it."""
    return first_caller(site)


@pytest.fixture
def full(site: Site) -> Caller:
    """The same, for one with something of everything."""
    caller = Caller(site, filled_site(site))
    sealed(site)
    return caller


@pytest.fixture
def other(site: Site) -> Callable[..., Caller]:
    """A key of another account, which is made: below `main`, or beside it."""

    def make(name: str, parent: str | None = None) -> Caller:
        site.account(name, parent)
        return Caller(site, site.key(Scope.READ, Scope.INGEST, account=name, name=name))

    return make


@pytest.fixture
def program(site: Site) -> Program:
    return Program(site)


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)
