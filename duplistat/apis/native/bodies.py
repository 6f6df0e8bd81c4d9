"""What is sent to us: read strictly, and all that is wrong with it is answered at once."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Request
from pydantic import ValidationError

from duplistat.apis.native.rule_models import NOT_BLANK, Sent
from duplistat.core.errors import DuplistatError, Kind, Problem
from duplistat.core.text import clean
from duplistat.http.body import decoded, read_body

MOST_BYTES = 65_536
_SHOWN = 100
_MOST_PROBLEMS = 20
_WORDS = {
    "missing": "is required",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "is not known here",
    "string_too_short": "must not be empty",
}

S = TypeVar("S", bound=Sent)


def read(request: Request, shape: type[S], most: int = MOST_BYTES) -> tuple[S, bytes]:
    """What a body of at most so many bytes says, and its bytes. None at all is an empty object.

    Raises DuplistatError: too_large, or invalid with a problem for each field that is wrong.
    """
    body = decoded(request, read_body(request, most, ""), most) or b"{}"
    try:
        return shape.model_validate_json(body), body
    except ValidationError as e:
        errors = e.errors(include_url=False, include_input=False)
    problems = [Problem(_field(error["loc"]), _words(error)) for error in errors[:_MOST_PROBLEMS]]
    raise DuplistatError(
        Kind.INVALID, "; ".join(f"{problem.field} {problem.problem}" for problem in problems[:10]), problems
    )


def _field(place: tuple[int | str, ...]) -> str:
    return clean(".".join(str(part) for part in place)[:_SHOWN]) or "body"


def _words(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, in the words of our other errors."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    match kind:
        case "json_invalid":
            return f"is not JSON: {clean(str(context['error']))}"
        case "literal_error":
            return f"must be {context['expected']}".replace("'", "")
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_short":
            return f"must have at least {context['min_length']} items"
        case "too_long":
            return f"must have at most {context['max_length']} items"
        case "string_pattern_mismatch" if context["pattern"] == NOT_BLANK:
            return "must not be empty"
        case "string_pattern_mismatch":
            return "has not the form that is expected"
        case "value_error":
            return str(context["error"])
        case _:
            return clean(str(error["msg"]))
