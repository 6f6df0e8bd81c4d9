"""Both databases: senders claim from them at once."""

import pytest


@pytest.fixture
def database_url(both_databases: str, database_url: str) -> str:
    return database_url
