"""A script with a key of the account `main`."""

import pytest

from tests.support.scripts import Script, script_of
from tests.support.site import Site


@pytest.fixture
def script(site: Site) -> Script:
    return script_of(site)
