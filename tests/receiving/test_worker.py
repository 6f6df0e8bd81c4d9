"""The loop of a worker: what it is told of a connection that it has no more."""

from typing import Any, cast

import pytest

from duplistat.receiving.connection import Connection
from duplistat.receiving.worker import Worker


@pytest.mark.parametrize("event", ["_readable", "_writable"])
def test_an_event_of_a_connection_that_ended_in_the_same_turn_is_passed_over(event: str) -> None:
    worker: Any = Worker.__new__(Worker)
    worker._waiting = {}
    # Nothing can be done with it: whoever tried would fail.
    getattr(worker, event)(cast(Connection, object()), None)
    assert worker._waiting == {}
