"""GET /api/openapi.json and /api/docs: the document for programs, and the same as a page for people.

What it is made of is imported when somebody asks for it first, since most servers are never asked.
"""

import json
import re
from functools import lru_cache
from shlex import quote
from typing import Any, NamedTuple

from flask import Response, render_template, request
from markupsafe import Markup, escape

from duplistat.apis.native.answers import kept
from duplistat.apis.native.values import MAX_ID
from duplistat.http.context import context

JSON = "application/json"
_CODE = re.compile("`([^`]+)`")


class Row(NamedTuple):
    """A parameter, or a field of a shape. Its kind is a text with the name of a shape, `link`, or "" in it."""

    name: str
    before: str
    link: str
    after: str
    note: str
    text: str


class Entry(NamedTuple):
    """An operation, ready to be shown. `answers` are (status, what it says, shape or "")."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs: str
    rows: list[Row]
    body: str
    answers: list[tuple[str, str, str]]
    curl: str
    example: str


class Shape(NamedTuple):
    name: str
    description: str
    rows: list[Row]


class Page(NamedTuple):
    """Everything on the page: (tag, what it is about, its operations), and the shapes by name."""

    groups: list[tuple[str, str, list[Entry]]]
    shapes: list[Shape]


def document() -> Response:
    """The OpenAPI document. It holds nothing that is stored, so that no key is needed."""
    return kept(request, _as_json(context().config.public_address or "/"), "application/json")


def page() -> Response:
    """The document as a page, with command lines for this server."""
    address = context().config.public_address or request.url_root.rstrip("/")
    html = render_template("api.html", page=_page(), address=address)
    return kept(request, html.encode(), "text/html; charset=utf-8")


def coded(text: str) -> Markup:
    """Text of the document for a page: what stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped before


@lru_cache(maxsize=1)
def _as_json(server: str) -> bytes:
    from duplistat.apis.native import openapi

    return json.dumps(openapi.document(server), ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=1)
def _page() -> Page:
    from duplistat.apis.native import openapi

    made = openapi.document("/")
    schemas = made["components"]["schemas"]
    groups = [
        (
            tag["name"],
            tag["description"],
            [
                _entry(made, method, path, operation)
                for path, methods in made["paths"].items()
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ],
        )
        for tag in made["tags"]
    ]
    shapes = [
        Shape(name, schema.get("description", ""), _fields(schema, schemas))
        for name, schema in schemas.items()
        if "properties" in schema
    ]
    return Page(groups, shapes)


def _entry(made: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Entry:
    schemas = made["components"]["schemas"]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    answers, example = [], ""
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            answer = made["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        answers.append((status, answer["description"], _kind(content.get("schema", {}), schemas)[1]))
        if status.startswith("2") and "example" in content:
            example = json.dumps(content["example"], ensure_ascii=False, indent=2)
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        needs=_needs(operation),
        rows=[_parameter(parameter, schemas) for parameter in operation.get("parameters", [])],
        body=_kind(body.get("schema", {}), schemas)[1],
        answers=answers,
        curl=_curl(method, path, operation, body.get("example")),
        example=example,
    )


def _needs(operation: dict[str, Any]) -> str:
    security = operation["security"]
    if not security:
        return "no key"
    if {} in security:
        return "a key only with [api] require_key"
    (scope,) = security[0]["apiKey"]
    return f"a key with the scope {scope}"


def _curl(method: str, path: str, operation: dict[str, Any], body: Any) -> str:
    """A command line; the page puts this server's address in place of ADDRESS."""
    parts = ["curl"]
    if {} not in operation["security"] and operation["security"]:
        parts.append('-H "X-Api-Key: $KEY"')
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d {quote(json.dumps(body, ensure_ascii=False))}"]
    # With something to send, curl posts; without, it gets.
    if method != ("get" if body is None else "post"):
        parts.insert(1, f"-X {method.upper()}")
    return " ".join([*parts, "ADDRESS" + path.replace("{id}", "1")])


def _parameter(parameter: dict[str, Any], schemas: dict[str, Any]) -> Row:
    where = {"path": "in the path", "header": "a header"}.get(parameter["in"], "")
    notes = [where, _limits(parameter["schema"], schemas)]
    return _row(parameter["name"], parameter["schema"], notes, parameter["description"], schemas)


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[Row]:
    required = schema.get("required", [])
    rows = []
    for name, field in schema["properties"].items():
        notes = ["" if name in required else "may be left out", _limits(field, schemas)]
        rows.append(_row(name, field, notes, field.get("description", ""), schemas))
    return rows


def _row(name: str, schema: dict[str, Any], notes: list[str], text: str, schemas: dict[str, Any]) -> Row:
    kind, link = _kind(schema, schemas)
    before, _, after = kind.partition(link) if link else (kind, "", "")
    return Row(name, before, link, after, "; ".join(filter(None, notes)), text)


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, str]:
    """What kind of value a schema is, in words, and the shape that they name ("" for none)."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return (name, name) if "properties" in schemas[name] else ("text", "")
    if "anyOf" in schema:
        kinds = [_kind(choice, schemas) for choice in schema["anyOf"]]
        words = dict.fromkeys(kind for kind, _ in kinds)
        return " or ".join(words), next((link for _, link in kinds if link), "")
    if schema.get("type") == "array":
        kind, link = _kind(schema["items"], schemas)
        return f"list of {kind}", link
    if schema.get("type") == "object":
        return "object", ""
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    if schema.get("format") == "date-time":
        return "time", ""
    return names.get(schema.get("type", ""), schema.get("type", "")), ""


def _limits(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a value may be, in words."""
    told = []
    for choice in (schema, *schema.get("anyOf", [])):
        if "$ref" in choice:
            choice = choice | schemas[choice["$ref"].rpartition("/")[2]]
        if "enum" in choice:
            told.append(", ".join(word for word in choice["enum"] if word))
        elif "const" in choice:
            told.append(json.dumps(choice["const"]))
        elif "maximum" in choice and choice["maximum"] < MAX_ID:
            told.append(f"{choice.get('minimum', 0)} to {choice['maximum']}")
        elif "maxLength" in choice:
            told.append(f"{choice.get('minLength', 0)} to {choice['maxLength']} characters")
    if schema.get("default") is not None and "properties" not in schema and schema["default"] != []:
        told.append(f"{schema['default']} unless told")
    return "; ".join(told)
