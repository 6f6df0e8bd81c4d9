"""How answers are written."""

import pytest

from duplistat.core.errors import DuplistatError, Kind, Problem
from duplistat.http.answers import (
    WIRE,
    JsonBody,
    answer,
    body_of,
    error_answer,
    iso,
    json_answer,
    ready_answer,
)
from duplistat.http.compression import LEAST, packed
from duplistat.programs import routed_for_programs


def test_an_answer_is_compact_json_that_nothing_keeps() -> None:
    response = answer({"a": 2**63, "b": "ü"})
    assert response.data == '{"a":9223372036854775808,"b":"ü"}'.encode()
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", Kind)
def test_an_error_says_status_error_and_message(kind: Kind) -> None:
    name, status = WIRE[kind]
    response = error_answer(DuplistatError(kind, "Why"))
    assert response.status_code == status
    assert response.get_json() == {"status": "error", "error": name, "message": "Why"}


@pytest.mark.parametrize("kind", Kind)
def test_only_what_passes_is_worth_another_try(kind: Kind) -> None:
    response = error_answer(DuplistatError(kind, "Why"))
    assert ("Retry-After" in response.headers) is (response.status_code in (429, 503))


def test_details_name_field_and_problem() -> None:
    response = error_answer(DuplistatError(Kind.INVALID, "Why", [Problem("a.b", "is wrong")]), more=1)
    assert response.get_json()["details"] == [{"field": "a.b", "problem": "is wrong"}]
    assert response.get_json()["more"] == 1


@pytest.mark.parametrize(
    ("at", "text"),
    [(None, None), (0, "1970-01-01T00:00:00.000Z"), (1705312800001, "2024-01-15T10:00:00.001Z")],
)
def test_a_time_has_milliseconds_and_z(at: int | None, text: str | None) -> None:
    assert iso(at) == text


@pytest.mark.parametrize("size", [10, 5000])
@pytest.mark.parametrize("gzip", [False, True])
def test_an_answer_that_is_made_at_once_is_as_any_other(gzip: bool, size: int) -> None:
    said = body_of({"x": "y" * size})
    packs = gzip and size > LEAST
    ready = JsonBody(packed(said.body), said.status, gzip=True) if packs else said
    app = routed_for_programs()
    with app.test_request_context(headers={"Accept-Encoding": "gzip"} if gzip else {}):
        usual, made = (app.process_response(each) for each in (json_answer(said), ready_answer(ready)))
        assert sorted(made.headers) == sorted(usual.headers)
        assert made.get_data() == usual.get_data()
