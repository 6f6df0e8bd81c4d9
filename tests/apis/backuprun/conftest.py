"""People at /api.php."""

import pytest

from tests.support.people import People
from tests.support.site import Site


@pytest.fixture
def people(site: Site) -> People:
    return People(site)
