"""The OpenAPI document: valid, whole, and true of what is answered."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from duplistat.apis.native import openapi
from duplistat.apis.native.operations import OPERATIONS
from tests.apis.native.cast import Caller
from tests.apis.native.document import DOCUMENT
from tests.support.site import Site

# What the document tells of besides /api/v1.
OTHERS = {
    "/api/ingest/backup",
    "/api/ingest/notification",
    "/api/integration/counts",
    "/api/health",
    "/api/ping",
}


def valid(schema: dict[str, Any], content: object) -> None:
    """Raises where `content` is not what a schema of the document says."""
    whole = schema | {"components": DOCUMENT["components"]}
    jsonschema_rs.validator_for(whole, validate_formats=True).validate(content)


def told_of(path: str, status: int) -> dict[str, Any]:
    """The schema that the document has for an answer."""
    answer = DOCUMENT["paths"][path]["get"]["responses"][str(status)]
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


# Below the same path, in the words of Healthchecks and gatus: docs/pings.md.
OF_OTHER_MONITORS = ("/api/v1/checks/", "/api/v1/badges/", "/api/v1/status/", "/api/v1/endpoints/")


def test_the_document_is_valid() -> None:
    schemathesis.openapi.from_dict(openapi.document("/")).validate()
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_document_needs_no_key_and_names_the_server(make_site: Callable[..., Site]) -> None:
    assert make_site().read("/api/openapi.json") == DOCUMENT
    named = make_site(server={"public_url": "https://backups.example.com/"})
    assert named.read("/api/openapi.json")["servers"] == [{"url": "https://backups.example.com"}]


def test_each_route_of_ours_is_in_the_document_and_each_of_the_document_is_a_route(site: Site) -> None:
    routes = {
        (re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in site.app.url_map.iter_rules()
        # Other protocols have addresses below /api/v1, too.
        if rule.rule in OTHERS or rule.endpoint.startswith(("native.", "native_changes."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    ours = {
        (path, method)
        for path, method in routes
        if (path.startswith("/api/v1") and not path.startswith(OF_OTHER_MONITORS)) or path in OTHERS
    }
    assert ours == {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}


def test_every_parameter_and_every_field_is_described() -> None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            assert all(parameter["description"] for parameter in operation.get("parameters", []))
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"


def test_every_address_of_ours_tells_of_each_answer_that_it_can_give() -> None:
    for operation in OPERATIONS:
        told = set(DOCUMENT["paths"][operation.path][operation.method]["responses"])
        if operation.changes:
            again = {"422"} if operation.once else set()
            about = {"404"} if "{id}" in operation.path else set()
            about |= {"412"} if operation.if_match else set()
            done = {str(operation.status), "400", "401", "403", "413", "429", "503"}
            assert told == done | again | about
            continue
        if operation.path.startswith("/api/v1"):
            # An answer that is sent piece by piece is not kept.
            again = {"304"} if operation.kept else set()
            assert {"200", "400", "401", "403", "429", "503"} | again <= told
            assert ("404" in told) == ("{id}" in operation.path)
        if operation.method == "post":
            assert {"201", "400", "401", "403", "413", "429", "503"} == told


def examples(content: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each (schema, example) of the document."""
    if isinstance(content, dict):
        if "schema" in content and "example" in content:
            yield content["schema"], content["example"]
        for value in content.values():
            yield from examples(value)


def test_every_example_is_one() -> None:
    found = [*examples(DOCUMENT["paths"]), *examples(DOCUMENT["components"])]
    assert len(found) > 20
    for schema, example in found:
        valid(schema, example)


def without_more(content: Any) -> Any:
    """The document, where no object may have a field that it does not tell of."""
    if isinstance(content, list):
        return [without_more(value) for value in content]
    if not isinstance(content, dict):
        return content
    closed = {"additionalProperties": False} if "properties" in content else {}
    return {name: without_more(value) for name, value in content.items()} | closed


@pytest.mark.parametrize(
    "path",
    [path for path, methods in DOCUMENT["paths"].items() if "get" in methods and not path.endswith(".csv")],
)
def test_all_that_is_stored_is_answered_as_the_document_says_and_no_more(full: Caller, path: str) -> None:
    schema = without_more(told_of(path, 200) | {"components": DOCUMENT["components"]})
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    if "{id}" in path:
        ids = full.ids(re.sub("/{id}.*", "", path))
        answers = [full.read(path.replace("{id}", str(id))) for id in ids]
    else:
        answers = [full.read(path)]
    assert answers
    for content in answers:
        validator.validate(content)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.kept], ids=lambda one: one.name)
def test_each_error_has_the_shape_that_the_document_says(full: Caller, operation: Any) -> None:
    path = operation.path.replace("{id}", "1")
    asked = {400: full.get(f"{path}?x=1"), 401: full.site.get(path)}
    if operation.about:
        asked[404] = full.get(operation.path.replace("{id}", "999999"))
    for status, response in asked.items():
        assert response.status_code == status
        valid(told_of(operation.path, status), json.loads(response.data))
