"""What a page costs does not depend on how much is on it, or in the database."""

import pytest

from tests.apis.native.cast import Caller, told_of
from tests.support.databases import statements_of

pytestmark = pytest.mark.usefixtures("both_databases")

# With what it takes to know the caller: its key, and the accounts that it sees; of a single thing also its version.
COSTS = {
    "/api/v1/servers?limit=200": 5,
    "/api/v1/servers/1": 8,
    "/api/v1/jobs?limit=200": 7,
    "/api/v1/jobs?limit=200&health=ok&server=1&tag=x": 3,
    "/api/v1/jobs/1": 10,
    "/api/v1/jobs/1/expectation": 5,
    "/api/v1/runs?limit=200": 5,
    "/api/v1/runs?limit=200&server=1&status=success": 6,
    "/api/v1/runs/1": 5,
    "/api/v1/runs/1/log": 3,
    "/api/v1/events?limit=200": 6,
    "/api/v1/events/1": 6,
    "/api/v1/problems?limit=200": 6,
    "/api/v1/problems/1": 10,
    "/api/v1/notices?limit=200": 4,
    "/api/v1/notices/1": 7,
    "/api/v1/channels?limit=200": 5,
    "/api/v1/channels/1": 6,
    "/api/v1/rules?limit=200": 4,
    "/api/v1/rules/1": 5,
    "/api/v1/silences?limit=200": 4,
    "/api/v1/silences/1": 5,
}

# Where jobs of a server have one id at their agent, it is asked which of them are known to be two.
MORE = {("/api/v1/jobs/1", 12): 1}


def more(caller: Caller, count: int) -> None:
    for number in range(count):
        caller.report("2026-01-28T02:00:00Z", job=f"job {number}", machine=f"machine {number % 3}")
        caller.result(timestamp="2026-01-28T02:00:00Z", status="Odd", jobName=f"job {number}")
        caller.event("2026-01-28T03:00:00Z", jobName=f"job {number}")
        caller.report("2026-01-28T04:00:00Z", job=f"job {number} of {count}", result="Error")
    told_of(caller.site, f"of {count}")


def test_a_page_costs_the_same_few_statements_however_long_it_is(caller: Caller) -> None:
    for count in (2, 12):
        more(caller, count)
        wrong = {}
        for path, cost in COSTS.items():
            caller.read(path)  # so that the use of the key is no news
            with statements_of(caller.site.db) as ran:
                caller.read(path)
            if len(ran) != cost + MORE.get((path, count), 0):
                wrong[path] = ran
        assert wrong == {}, f"{count} of each"
