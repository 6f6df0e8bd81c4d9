"""Each operation on a thing of another account is answered like one on what is not there."""

from typing import Any

import pytest

from duplistat.apis.native.operations import OPERATIONS
from duplistat.apis.native.responses import example
from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import Caller
from tests.apis.native.program import Program
from tests.support.doors import contents
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

NOBODYS = 999_999
# Written by whoever asks, whatever it is: when a key was used, and tokens of limits.
OF_CALLERS = ("key", "bucket")
# Of the whole server: for keys of `main`, whichever number.
WHOLE = "/api/v1/settings/locations/{id}"


def test_a_thing_of_another_account_is_answered_like_one_that_is_not_there(full: Caller, site: Site) -> None:
    site.account("stranger")
    stranger = Program(site, account="stranger", name="stranger")
    before = contents(site.db)
    asked = 0
    for operation in OPERATIONS:
        if "{id}" not in operation.path or not operation.path.startswith("/api/v1/"):
            continue
        body = example(operation.body) if operation.body is not None and operation.body.model_fields else None
        path = operation.path.removeprefix("/api/v1/")

        def answered(id: int, path: str = path, method: str = operation.method, body: Any = body) -> Any:
            response = stranger.send(method.upper(), path.replace("{id}", str(id)), body, again=f"{id}")
            return response.status_code, response.data

        theirs, nobodys = answered(1), answered(NOBODYS)
        assert theirs == nobodys, operation.name
        assert theirs[0] == (403 if operation.path == WHOLE else 404), (operation.name, theirs)
        asked += 1
        # So that the limit of changes does not answer in its place.
        site.now.forward(hours=1)
    assert asked > 80
    after = contents(site.db)
    for table in OF_CALLERS:
        before[table] = after[table]
    assert after == before


def test_no_list_tells_a_stranger_of_what_others_have(full: Caller, site: Site) -> None:
    site.account("stranger")
    stranger = Program(site, account="stranger", name="stranger")
    for operation in OPERATIONS:
        if (
            operation.method != "get"
            or "{id}" in operation.path
            or "next_cursor" not in (operation.answer.model_fields if operation.answer is not None else {})
        ):
            continue
        path = operation.path.removeprefix("/api/v1/")
        answer = stranger.send("GET", path)
        if operation.path.startswith("/api/v1/settings/"):
            assert answer.status_code == 403
            continue
        ids = full.ids(operation.path)
        assert ids, f"{operation.name}: there is none to be hidden"
        (name,) = answer.get_json().keys() - {"next_cursor"}
        own = {"keys": "stranger", "accounts": "stranger"}.get(name)
        assert [row["name"] for row in answer.get_json()[name]] == ([own] if own else [])


def test_what_is_made_for_an_account_that_a_key_does_not_see_is_refused(full: Caller, site: Site) -> None:
    site.account("stranger")
    stranger = Program(site, account="stranger", name="stranger")
    asked = 0
    for operation in OPERATIONS:
        if operation.body is None or "account_id" not in operation.body.model_fields:
            continue
        for account in (1, NOBODYS):
            body = example(operation.body) | {"account_id": account}
            body.pop("channels", None)
            wrong = stranger.send(operation.method.upper(), operation.path.removeprefix("/api/v1/"), body)
            assert wrong.status_code == 400, (operation.name, wrong.text)
        asked += 1
    assert asked >= 8
    assert stranger.refused("accounts", {"name": "x", "parent_id": 1}).keys() == {"parent_id"}
    assert Program(site, Scope.ACCOUNTS_ADMIN, name="main").post("accounts", {"name": "x", "parent_id": 1})
