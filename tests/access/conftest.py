"""People who look at pages, and who may not."""

import pytest

from tests.cli.conftest import run
from tests.support.people import People
from tests.support.site import Site

__all__ = ["people", "run"]


@pytest.fixture
def people(site: Site) -> People:
    return People(site)
