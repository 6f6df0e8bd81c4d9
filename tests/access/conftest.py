"""People who look at pages, and who may not."""

import pytest

from tests.access.noted_world import World
from tests.cli.conftest import run
from tests.support.people import People
from tests.support.site import Site

__all__ = ["people", "run"]


@pytest.fixture
def people(site: Site) -> People:
    return People(site)


@pytest.fixture
def world(site: Site) -> World:
    return World(site)
