"""Who may change what by the API, how often, and at which cost."""

import pytest

from duplistat.apis.native.operations import OPERATIONS
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.rate_limits import CHANGES
from tests.apis.native.program import PROBLEM, Program, failing
from tests.support.alerting import Alerting
from tests.support.databases import statements_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

HOUR_MS = 3_600_000


CHANGING = (
    ("POST", "rules"),
    ("PATCH", "rules/1"),
    ("DELETE", "rules/1"),
    ("POST", "problems/1/acknowledge"),
    ("DELETE", "problems/1/acknowledge"),
    ("POST", "notices/1/retry"),
    ("POST", "notices/1/drop"),
    ("POST", "silences"),
    ("POST", "silences/1/end"),
)


def test_a_change_needs_a_key_with_its_own_scope_and_none_implies_another(site: Site) -> None:
    changes = [operation for operation in OPERATIONS if operation.changes]
    asked = {operation.scope for operation in changes}
    programs = {
        scope: Program(
            site, *(other for other in Scope if other not in (scope, Scope.ADMIN)), name=str(scope)
        )
        for scope in asked
        if scope is not None
    }
    for operation in changes:
        path = operation.path.removeprefix("/api/v1/").replace("{id}", "1")
        without = site.client().open(f"/api/v1/{path}", method=operation.method)
        assert (without.status_code, without.content_type) == (401, PROBLEM), operation.name
        assert operation.scope is not None
        lacking = programs[operation.scope].send(operation.method, path, b"nonsense")
        assert (lacking.status_code, lacking.content_type) == (403, PROBLEM), operation.name
        assert lacking.get_json()["detail"] == f"This API key lacks the scope {operation.scope}"


def test_a_key_with_the_scope_admin_may_do_what_it_always_might_and_no_more(site: Site) -> None:
    may = {Scope.READ, Scope.ALERTS_WRITE, Scope.ALERTS_ADMIN}
    old = Program(site, Scope.ADMIN)
    for operation in OPERATIONS:
        if operation.changes:
            path = operation.path.removeprefix("/api/v1/").replace("{id}", "999")
            refused = old.send(operation.method, path, b"nonsense").status_code == 403
            assert refused is (operation.scope not in may), operation.name


def test_so_many_changes_a_minute_are_allowed_and_no_more(program: Program) -> None:
    body = {"until": "2026-01-28T16:00:00Z"}
    for _ in range(CHANGES.burst):
        program.post("silences", body)
    response = program.send("POST", "silences", body)
    assert (response.status_code, response.content_type) == (429, PROBLEM)
    assert int(response.headers["Retry-After"]) > 0


def test_what_another_account_has_is_not_found_and_an_account_below_is_changed(
    program: Program, alerting: Alerting, site: Site
) -> None:
    id = failing(alerting)
    silence = program.post("silences", {"until": "2026-01-28T16:00:00Z"})["id"]
    site.account("stranger")
    child = site.account("child", parent="main")
    stranger = Program(site, account="stranger")
    for method, path in CHANGING:
        if "/1" in path:
            path = path.replace("problems/1", f"problems/{id}").replace("silences/1", f"silences/{silence}")
            missing = stranger.send(method, path.replace("/1", "/999").replace(f"/{id}/", "/999/"), {})
            theirs = stranger.send(method, path, {})
            assert (theirs.status_code, theirs.data) == (404, missing.data), path
    for account in (alerting.main, 999):
        wrong = stranger.refused("silences", {"until": "2026-01-28T16:00:00Z", "account_id": account})
        assert wrong == {"account_id": "There is no such account"}
    below = program.post("silences", {"until": "2026-01-28T16:00:00Z", "account_id": child})
    assert below["account"] == "child"


def test_a_change_costs_few_statements(program: Program) -> None:
    program.post("silences", {"until": "2026-01-28T16:00:00Z"})
    with statements_of(program.site.db) as ran:
        program.post("silences", {"until": "2026-01-28T16:00:00Z"})
    assert len(ran) <= 14, "\n".join(ran)
