"""The OpenAPI document: made of the operations and of the shapes that they name."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from duplistat import __version__
from duplistat.apis.native.changes import A_KEY, IDEMPOTENCY_KEY, IF_MATCH
from duplistat.apis.native.neighbours import Error, ProblemDetails
from duplistat.apis.native.operation import Key, Operation
from duplistat.apis.native.operations import OPERATIONS, TAGS
from duplistat.apis.native.responses import (
    ERRORS,
    ERRORS_OF_CHANGES,
    JSON,
    REF,
    error,
    example,
    problem,
    ref,
    responses,
)
from duplistat.apis.native.values import MAX_ID

DESCRIPTION = """\
What is stored here, as JSON, and how scripts report.

Every address under `/api/v1` needs an API key, which sees its account and those below it: with the scope `read` to \
read, with another one for each subject to change something. `duplistat key create --scope read` makes one.

Times are in UTC, ISO 8601 with milliseconds and `Z`. Sizes are bytes, durations milliseconds. What is not known is \
null, which is not zero. A later version may add fields."""


class _Schemas(GenerateJsonSchema):
    """Without titles, which repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document(server: str) -> dict[str, Any]:
    """The document for a server at this address, such as https://backups.example.com or "/"."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "duplistat",
            "version": __version__,
            "summary": "Backup status and alerts, as JSON",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {
                **{f"Error{status}": error(status) for status in ERRORS},
                **{f"Problem{status}": problem(status) for status in (ERRORS | ERRORS_OF_CHANGES)},
            },
            "securitySchemes": {
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Api-Key",
                    "description": "An API key",
                },
                "bearer": {"type": "http", "scheme": "bearer", "description": "The same, as a bearer token"},
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.description:
        made["description"] = operation.description
    if operation.key is Key.NEEDED:
        scopes = [operation.scope.value] if operation.scope is not None else []
        made["security"] = [{"apiKey": scopes}, {"bearer": scopes}]
    elif operation.key is Key.OPTIONAL:
        made["security"] = [{}, {"apiKey": []}, {"bearer": []}]
    else:
        made["security"] = []
    parameters = list(_parameters(operation))
    if parameters:
        made["parameters"] = parameters
    if operation.body is not None and operation.body.model_fields:
        made["requestBody"] = {
            "required": any(field.is_required() for field in operation.body.model_fields.values()),
            "content": {JSON: {"schema": ref(operation.body), "example": example(operation.body)}},
        }
    elif operation.takes:
        made["requestBody"] = {"required": True, "content": {operation.takes: {"schema": {}}}}
    made["responses"] = dict(responses(operation))
    return made


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.about:
        yield {
            "name": "id",
            "in": "path",
            "required": True,
            "description": f"Id of the {operation.about}",
            "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID},
        }
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=REF, schema_generator=_Schemas)
        for name, told in schema.get("properties", {}).items():
            yield {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": told.pop("description"),
                "schema": _asked(told),
            }
    if operation.once:
        yield {
            "name": IDEMPOTENCY_KEY,
            "in": "header",
            "required": False,
            "description": "Any text of the caller's, new for each change: a request that is sent again with it is"
            " carried out once, and has the same answer for a day",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^{A_KEY}$"},
        }
    if operation.if_match:
        yield {
            "name": IF_MATCH,
            "in": "header",
            "required": False,
            "description": "The `ETag` of what the caller saw: the change is made only if nobody changed it since",
            "schema": {"type": "string"},
        }
    if operation.kept:
        yield {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The `ETag` of an answer that the caller has: it is sent again only if it changed",
            "schema": {"type": "string"},
        }


def _asked(told: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter: one that may be left out is never null."""
    given: list[dict[str, Any]] = [choice for choice in told.pop("anyOf", []) if choice != {"type": "null"}]
    if given:
        told.pop("default", None)
        return told | given[0]
    return told


def _schemas() -> dict[str, Any]:
    """The schema of each shape that an operation names, and of those within."""
    modes: dict[type[BaseModel], JsonSchemaMode] = {Error: "serialization", ProblemDetails: "serialization"}
    for operation in OPERATIONS:
        if operation.answer is not None:
            modes[operation.answer] = "serialization"
        if operation.body is not None and operation.body.model_fields:
            modes[operation.body] = "validation"
        if operation.query is not None:
            # For the words that it chooses from.
            modes[operation.query] = "validation"
    _, made = models_json_schema([*modes.items()], ref_template=REF, schema_generator=_Schemas)
    names = {operation.query.__name__ for operation in OPERATIONS if operation.query is not None}
    found: dict[str, Any] = made["$defs"]
    for name, schema in found.items():
        schema.pop("title", None)
        if name.endswith("Changes"):
            # What is left out stays.
            for field in schema["properties"].values():
                field.pop("default", None)
        if "enum" in schema:
            # What it says is for who reads the source.
            schema.pop("description", None)
    return {name: schema for name, schema in sorted(found.items()) if name not in names}
