"""A program that changes things by the API, and what it needs."""

import json
from typing import Any

from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from duplistat.store import audit
from tests.support.alerting import Alerting
from tests.support.site import Site

PROBLEM = "application/problem+json"


class Program:
    """Who changes something, with a key."""

    def __init__(self, site: Site, *scopes: Scope, account: str = "main", name: str = "deploy") -> None:
        self.site = site
        self.key = site.key(*(scopes or tuple(Scope)), account=account, name=name)

    def send(
        self, method: str, path: str, body: Any = None, *, again: str = "", **headers: str
    ) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"X-Api-Key": self.key}
        if again:
            headers["Idempotency-Key"] = again
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        return self.site.client().open(f"/api/v1/{path}", method=method, data=data, headers=headers)

    def read(self, path: str) -> Any:
        """What is answered to a read that must succeed."""
        response = self.send("GET", path)
        assert response.status_code == 200, response.text
        return response.get_json()

    def post(self, path: str, body: Any = None, **more: str) -> Any:
        """What was answered to something that must succeed."""
        response = self.send("POST", path, body, **more)
        assert response.status_code in (200, 201), response.text
        return response.get_json()

    def refused(self, path: str, body: Any, *, method: str = "POST") -> dict[str, str]:
        """What is wrong with a body that must be refused: {field: problem}."""
        response = self.send(method, path, body)
        assert (response.status_code, response.content_type) == (400, PROBLEM), response.text
        content: dict[str, Any] = response.get_json()
        assert (content["type"], content["title"], content["status"]) == ("about:blank", "Bad Request", 400)
        assert content["error"] == "ValidationError"
        assert content["detail"]
        return {detail["field"]: detail["problem"] for detail in content["details"]}


def failing(alerting: Alerting) -> int:
    """The id of a problem that somebody was told of."""
    alerting.rule(alerting.channel())
    alerting.run("Error")
    assert alerting.tick()
    return alerting.problem().id


def noted(site: Site) -> list[tuple[str, str, str]]:
    """(who, action, address), newest first."""
    entries = audit.everything(site.db, site.everyone, audit.Filter())
    return [(entry.who, entry.action, entry.address) for entry in entries]
