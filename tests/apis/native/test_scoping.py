"""Who sees what: a key sees its account and those below it, and nothing of others, not even that it is there."""

from collections.abc import Callable

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import Caller, told_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

LISTS = ("servers", "jobs", "runs", "events")
OF_ALERTS = ("problems", "notices", "channels", "rules", "silences")
SINGLES = (
    "/api/v1/servers/1",
    "/api/v1/jobs/1",
    "/api/v1/jobs/1/expectation",
    "/api/v1/runs/1",
    "/api/v1/runs/1/log",
    "/api/v1/events/1",
    *(f"/api/v1/{name}/1" for name in OF_ALERTS),
)
ALL = (*(f"/api/v1/{name}" for name in (*LISTS, *OF_ALERTS)), *SINGLES)


def speak(caller: Caller) -> None:
    """A run and an event of one more server."""
    caller.result(timestamp="2026-01-28T02:00:00Z", status="Warning", log="a line")
    caller.event("2026-01-28T03:00:00Z")


@pytest.mark.parametrize("path", ALL)
def test_without_a_key_nothing_is_told_even_where_none_is_required(site: Site, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 401
    assert response.json["error"] == "UnauthorizedError"  # type: ignore[index]  # it is an object


@pytest.mark.parametrize("path", ALL)
def test_a_key_that_may_only_report_is_refused(site: Site, path: str) -> None:
    response = site.get(path, **{"X-Api-Key": site.key(Scope.INGEST)})
    assert response.status_code == 403
    assert response.json["message"] == "This API key lacks the scope read"  # type: ignore[index]  # an object


def test_a_stranger_sees_no_list_of_ours(caller: Caller, other: Callable[..., Caller]) -> None:
    speak(caller)
    told_of(caller.site)
    stranger = other("stranger")
    for name in (*LISTS, *OF_ALERTS):
        assert stranger.read(f"/api/v1/{name}") == {name: [], "next_cursor": None}
    for name in LISTS:
        for filter in ("server=1",) if name != "servers" else ("name=web-01",):
            assert stranger.read(f"/api/v1/{name}?{filter}")[name] == []
    assert stranger.read("/api/v1/problems?job=1&state=all")["problems"] == []
    assert stranger.read("/api/v1/notices?channel=1")["notices"] == []
    assert stranger.read("/api/v1/runs?job=1")["runs"] == []


def test_what_belongs_to_another_is_not_found_in_the_same_words_as_what_is_not_there(
    caller: Caller, other: Callable[..., Caller]
) -> None:
    speak(caller)
    told_of(caller.site)
    stranger = other("stranger")
    for path in SINGLES:
        theirs, nobodys = stranger.get(path), stranger.get(path.replace("/1", "/99"))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.data == nobodys.data
        assert caller.get(path).status_code == 200


def test_a_parent_sees_its_child_and_a_child_not_its_parent(
    caller: Caller, other: Callable[..., Caller]
) -> None:
    child = other("child", parent="main")
    speak(caller)
    speak(child)
    for name in LISTS:
        assert sorted(caller.ids(f"/api/v1/{name}")) == [1, 2]
        assert child.ids(f"/api/v1/{name}") == [2]
    assert caller.read("/api/v1/servers/2")["account"] == "child"
    assert caller.read("/api/v1/jobs/2")["account"] == "child"
