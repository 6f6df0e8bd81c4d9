"""The OpenAPI document: made of the operations and of the shapes that they name."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from duplistat import __version__
from duplistat.apis.native.neighbours import Error
from duplistat.apis.native.operations import OPERATIONS, TAGS, Key, Operation
from duplistat.apis.native.responses import ERRORS, JSON, REF, error, example, ref, responses
from duplistat.apis.native.values import MAX_ID

DESCRIPTION = """\
What is stored here, as JSON, and how scripts report.

Every address under `/api/v1` needs an API key with the scope `read`, which sees its account and those below it. \
`duplistat key create --scope read` makes one.

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
            "summary": "Backup status, as JSON",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {f"Error{status}": error(status) for status in ERRORS},
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
        made["security"] = [{"apiKey": []}, {"bearer": []}]
    elif operation.key is Key.OPTIONAL:
        made["security"] = [{}, {"apiKey": []}, {"bearer": []}]
    else:
        made["security"] = []
    parameters = list(_parameters(operation))
    if parameters:
        made["parameters"] = parameters
    if operation.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": ref(operation.body), "example": example(operation.body)}},
        }
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
                "required": False,
                "description": told.pop("description"),
                "schema": _asked(told),
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


def served_at(address: str) -> str:
    """The address for `document`, from what `[server]` says of it."""
    return address or "/"


def _schemas() -> dict[str, Any]:
    """The schema of each shape that an operation names, and of those within."""
    modes: dict[type[BaseModel], JsonSchemaMode] = {Error: "serialization"}
    for operation in OPERATIONS:
        modes[operation.answer] = "serialization"
        if operation.body is not None:
            modes[operation.body] = "validation"
        if operation.query is not None:
            # For the words that it chooses from.
            modes[operation.query] = "validation"
    _, made = models_json_schema([*modes.items()], ref_template=REF, schema_generator=_Schemas)
    names = {operation.query.__name__ for operation in OPERATIONS if operation.query is not None}
    found: dict[str, Any] = made["$defs"]
    for schema in found.values():
        schema.pop("title", None)
        if "enum" in schema:
            # What it says is for who reads the source.
            schema.pop("description", None)
    return {name: schema for name, schema in sorted(found.items()) if name not in names}
