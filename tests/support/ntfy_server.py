"""A receiver that takes what a server of ntfy takes, and refuses what that would refuse or not understand."""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

# What ntfy knows of a message that is published as JSON, and of its buttons.
FIELDS = {
    "topic": str,
    "title": str,
    "message": str,
    "priority": int,
    "tags": list,
    "click": str,
    "icon": str,
    "actions": list,
    "attach": str,
    "filename": str,
    "markdown": bool,
    "delay": str,
    "email": str,
    "call": str,
    "sequence_id": str,
}
ACTION_FIELDS = {
    "view": {"action", "label", "url", "clear"},
    "http": {"action", "label", "url", "method", "headers", "body", "clear"},
}


class NtfyServer:
    """`published` are the messages, and `token` what it asks for, if anything."""

    def __init__(self, server: HTTPServer) -> None:
        self.published: list[dict[str, Any]] = []
        self.token = ""
        self.url = server.url_for("").rstrip("/")
        server.expect_request("/", method="POST").respond_with_handler(self._publish)

    def shown(self) -> dict[str, dict[str, Any]]:
        """What a phone shows: the latest message of each sequence."""
        return {one.get("sequence_id") or f"#{at}": one for at, one in enumerate(self.published)}

    def _publish(self, request: Request) -> Response:
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, 40101, "unauthorized")
        content = json.loads(request.data)
        problem = _problem(content)
        if problem:
            return _error(400, 40024, problem)
        if len(content["message"].encode()) > 4096:
            return _error(413, 41302, "attachments are not allowed")
        self.published.append(content)
        return Response(json.dumps({"id": "sPs71M8A2T", "event": "message"}), content_type="application/json")


def _problem(content: dict[str, Any]) -> str:
    for name, value in content.items():
        if not isinstance(value, FIELDS.get(name, ())):
            return f"field {name} unknown or of another type"
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", content.get("topic", "")):
        return "topic invalid"
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", content.get("sequence_id", "x")):
        return "sequence id invalid"
    if not 1 <= content.get("priority", 3) <= 5:
        return "priority invalid"
    actions = content.get("actions", [])
    if len(actions) > 3:
        return "too many actions"
    for action in actions:
        if set(action) - ACTION_FIELDS.get(action.get("action"), set()) or not action.get("label"):
            return "action invalid"
    return ""


def _error(status: int, code: int, words: str) -> Response:
    body = {"code": code, "http": status, "error": words}
    return Response(json.dumps(body), status, content_type="application/json")
