"""Both databases, for what has SQL of its own; and a customer with a service, whose agent is a simulated server."""

from collections.abc import Iterator

import pytest

from tests.support.agents import Customer
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site


@pytest.fixture
def database_url(both_databases: str, database_url: str) -> str:
    return database_url


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        yield server


@pytest.fixture
def acme(site: Site, agent: DuplicatiServer) -> Customer:
    """Its service is called nas, as its agent is. It is of `main`: so its reports need no key."""
    acme = Customer(site, "main")
    acme.add_agent(agent)
    return acme
