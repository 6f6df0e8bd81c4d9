"""What our document says of answers: each status, with an example."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from duplistat.apis.native.answers import CACHING
from duplistat.apis.native.neighbours import Detail, Error, ProblemDetails
from duplistat.apis.native.operation import Key, Operation
from duplistat.apis.native.problem_answers import KIND as PROBLEM
from duplistat.services.access.once import CHANGED

JSON = "application/json"
REF = "#/components/schemas/{model}"
NOT_MODIFIED = "What the caller has, by its `If-None-Match`, is as it is now"
ERRORS = {
    "400": "The request cannot be understood: `details` names all that is wrong",
    "401": "There is no API key, or it is not valid",
    "403": "The API key lacks the scope",
    "404": "There is no such thing, or the key does not see it",
    "413": "The body is larger than `[intake] max_body_bytes`",
    "429": "Too many requests with this key, or too many wrong keys from this address",
    "503": "The database cannot be reached at the moment",
}
# An error of each kind, as it is said.
SAID = {
    "400": ("ValidationError", "limit must be at most 200"),
    "401": ("UnauthorizedError", "This API key is not known"),
    "403": ("ForbiddenError", "This API key lacks the scope read"),
    "404": ("NotFoundError", "There is no such job"),
    "413": ("PayloadTooLargeError", "The body is larger than 16777216 bytes ([intake] max_body_bytes)"),
    "429": (
        "TooManyRequestsError",
        "Too many requests: 30 a minute are allowed, and 30 at once; try again in 2 s",
    ),
    "503": ("UnavailableError", "The database cannot be reached at the moment"),
}
ERRORS_OF_CHANGES = {
    "400": "The request cannot be understood, or what it asks for cannot be: `details` names what is wrong",
    "412": "Somebody changed it since the caller saw it, by its `If-Match`: nothing was done",
    "413": "The body is larger than 64 kB",
    "422": "The `Idempotency-Key` was used for another request",
    "429": "Too many changes with this key, or too many wrong keys from this address",
}
SAID_OF_CHANGES = {
    "400": ("ValidationError", "name is required"),
    "403": ("ForbiddenError", "This API key lacks the scope jobs:write"),
    "412": ("PreconditionFailedError", CHANGED),
    "413": ("PayloadTooLargeError", "The body is larger than 65536 bytes"),
    "422": ("IdempotencyKeyError", "This Idempotency-Key was used for another request"),
}
RETRY_AFTER = {
    "Retry-After": {
        "description": "After how many seconds another try may do better",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
# It is not there where a request is repeated.
TAG_OF_CHANGED = {
    "description": "Names what it is now, for the `If-Match` of the next change",
    "required": False,
    "schema": {"type": "string"},
}
HEADERS = {
    "ETag": {"description": "Names this very answer", "required": True, "schema": {"type": "string"}},
    "Cache-Control": {
        "description": "It may be kept, and has to be asked about before each use",
        "required": True,
        "schema": {"type": "string", "const": CACHING},
    },
}

UNKEPT = {
    "description": "It holds a secret: nothing may keep it",
    "required": True,
    "schema": {"type": "string", "const": "no-store"},
}


def ref(model: type[BaseModel]) -> dict[str, str]:
    """Where the schema of a shape is."""
    return {"$ref": REF.format(model=model.__name__)}


def example(model: type[BaseModel]) -> dict[str, Any]:
    """An object of a shape, put together from the examples of its fields."""
    return {
        field.alias or name: _example(field)
        for name, field in model.model_fields.items()
        if field.is_required() or field.examples
    }


def _example(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    kind: Any = field.annotation
    inner = [part for part in getattr(kind, "__args__", ()) if isinstance(part, type)]
    if getattr(kind, "__origin__", None) is list:
        return [example(inner[0])]
    return example(inner[0] if inner else kind)


def responses(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Each status that an operation can have, and what goes with it."""
    if operation.changes:
        yield from _of_change(operation)
        return
    answer = _answer(operation.answer)
    if operation.name == "getHealth":
        answer["content"]["text/plain"] = {"schema": {"type": "string"}}
        answer["content"]["application/openmetrics-text"] = {"schema": {"type": "string"}}
    headers = HEADERS | {"Cache-Control": UNKEPT} if operation.secret else HEADERS
    if operation.kept:
        answer["headers"] = headers
    yield str(operation.status), answer
    if operation.kept:
        yield "304", {"description": NOT_MODIFIED, "headers": headers}
    statuses = ["401", "403", "429"] if operation.key is not Key.UNREAD else []
    if operation.query is not None or operation.body is not None:
        statuses.append("400")
    if operation.about:
        statuses.append("404")
    if operation.body is not None:
        statuses.append("413")
    if operation.key is Key.NEEDED:
        statuses.append("503")
    for status in sorted(statuses):
        yield status, {"$ref": f"#/components/responses/Error{status}"}
    if operation.unwell is not None:
        unwell = example(operation.unwell) | {
            "status": "unhealthy",
            "scheduler": "stopped",
            "reason": "the scheduler has not ticked since 2026-01-28T12:00:00.000Z",
        }
        yield (
            "503",
            {
                "description": "It is not well; `reason` says why",
                "content": {JSON: {"schema": ref(operation.unwell), "example": unwell}},
            },
        )


def _answer(model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {"description": "It is done"}
    return {
        "description": model.__doc__,
        "content": {JSON: {"schema": ref(model), "example": example(model)}},
    }


def _of_change(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Each status of an operation that changes something: errors are problem details."""
    answer = _answer(operation.answer)
    if operation.file:
        answer["description"] = "All of it, as JSON lines"
        answer["content"] = {operation.file: {"schema": {"type": "string"}}}
    if operation.answer is not None and (operation.if_match or operation.status == 201):
        answer["headers"] = {"ETag": TAG_OF_CHANGED}
    yield str(operation.status), answer
    statuses = ["400", "401", "403", "413", "429", "503"]
    if operation.once:
        statuses.append("422")
    if operation.if_match:
        statuses.append("412")
    if operation.about:
        statuses.append("404")
    for status in sorted(statuses):
        yield status, {"$ref": f"#/components/responses/Problem{status}"}


def problem(status: str) -> dict[str, Any]:
    """What goes with an error of this status where something was to be changed."""
    name, message = SAID_OF_CHANGES.get(status) or SAID[status]
    said = {
        "type": "about:blank",
        "title": HTTPStatus(int(status)).phrase,
        "status": int(status),
        "detail": message,
        "error": name,
    }
    made: dict[str, Any] = {
        "description": (ERRORS | ERRORS_OF_CHANGES)[status],
        "content": {PROBLEM: {"schema": ref(ProblemDetails), "example": said}},
    }
    if status in ("429", "503"):
        made["headers"] = RETRY_AFTER
    return made


def error(status: str) -> dict[str, Any]:
    """What goes with an error of this status."""
    name, message = SAID[status]
    said: dict[str, Any] = {"status": "error", "error": name, "message": message}
    if status == "400":
        said["details"] = [example(Detail)]
    made: dict[str, Any] = {
        "description": ERRORS[status],
        "content": {JSON: {"schema": ref(Error), "example": said}},
    }
    if status in ("429", "503"):
        made["headers"] = RETRY_AFTER
    return made
