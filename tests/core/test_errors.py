"""Errors are values with a kind."""

import pytest

from duplistat.core.errors import DuplistatError, Kind, Problem, Unrecognised
from duplistat.http.answers import WIRE


def test_an_error_has_a_kind_a_message_and_its_problems() -> None:
    error = DuplistatError(Kind.INVALID, "Wrong", [Problem("backup.name", "is required")])
    assert (error.kind, error.message, str(error)) == ("invalid", "Wrong", "Wrong")
    assert error.problems == (Problem("backup.name", "is required"),)


def test_a_body_that_is_not_recognised_is_invalid_input() -> None:
    error = Unrecognised("No report")
    assert isinstance(error, DuplistatError)
    assert error.kind is Kind.INVALID


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_name_and_a_status_on_the_wire(kind: Kind) -> None:
    name, status = WIRE[kind]
    assert name.endswith("Error")
    assert 400 <= status <= 503


def test_no_two_kinds_share_a_name() -> None:
    assert len({name for name, _ in WIRE.values()}) == len(Kind)
