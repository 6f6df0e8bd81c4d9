"""A partner with two customers, and a program that reads for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import Scope as KeyScope
from duplistat.services.access.oauth_clients import Scope
from tests.support.bodies import duplicati
from tests.support.known import the_account
from tests.support.site import Site

REPORT = "/v1/partners/{}/reports/backup_status"


@dataclass
class Partner:
    """`barracuda` with `barracuda_a` and `barracuda_b`; what customers report, and what a program reads."""

    site: Site
    client_id: str
    secret: str
    keys: dict[str, str]

    def ask(self, **form: str) -> TestResponse:
        given = {"grant_type": "none", "client_id": self.client_id, "client_secret": self.secret} | form
        return self.site.client().post("/oauth2/token", data={k: v for k, v in given.items() if v != "-"})

    def token(self, **form: str) -> str:
        answer = self.ask(**form)
        assert answer.status_code == 200, answer.text
        token: str = answer.get_json()["access_token"]
        return token

    def get(
        self, query: str = "", *, partner: str = "barracuda", token: str = "", **headers: str
    ) -> TestResponse:
        authorization = {"Authorization": f"OAuth {token or self.token()}"}
        return self.site.client().get(REPORT.format(partner) + query, headers=authorization | headers)

    def report(self, query: str = "", **more: Any) -> dict[str, Any]:
        answer = self.get(query, **more)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.get_json()
        return content

    def entries(self, query: str = "", **more: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.report(query, **more)["list"]
        return entries

    def upload(self, account: str, start: str = "2026-01-28T02:00:00Z", **more: Any) -> dict[str, Any]:
        headers = {"X-Api-Key": self.keys[account]}
        return self.site.record(duplicati(start, **more), headers=headers)

    def post(self, account: str, **fields: Any) -> dict[str, Any]:
        """The result of a script."""
        body = {
            "deviceName": "web",
            "jobName": "nightly",
            "timestamp": "2026-01-28T02:00:00+01:00",
            "status": "Success",
            "message": "Done.",
        } | fields
        answer = self.site.client().post(
            "/api/ingest/backup", json=body, headers={"X-Api-Key": self.keys[account]}
        )
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data


@pytest.fixture
def make_partner(make_site: Callable[..., Site]) -> Callable[..., Partner]:
    def make(**sections: dict[str, Any]) -> Partner:
        site = make_site(**sections)
        site.account("barracuda")
        names = ["barracuda"]
        for name in ("barracuda_a", "barracuda_b"):
            site.account(name, parent="barracuda")
            names.append(name)
        keys = {n: site.key(KeyScope.INGEST, account=n, name=n) for n in names}
        partner = the_account(site.db, "barracuda")
        assert partner is not None
        client_id, secret = oauth_clients.create(
            site.db, account=partner.id, name="", scopes=list(Scope), now=site.now()
        )
        return Partner(site, client_id, secret, keys)

    return make


@pytest.fixture
def partner(make_partner: Callable[..., Partner]) -> Partner:
    return make_partner()


def only(partner: Partner) -> tuple[str, list[str]]:
    """The condition of the only job, and its types."""
    (entry,) = partner.entries()
    return entry["condition_status"], entry["condition_types"]


def operation(name: str, start: str, **data: Any) -> dict[str, Any]:
    """A report of Duplicati of another operation than backup."""
    return {
        "Data": {
            "MainOperation": name,
            "ParsedResult": "Success",
            "BeginTime": start,
            "EndTime": start,
            **data,
        },
        "Extra": {"OperationName": name, "backup-name": "Documents", "machine-name": "nas"},
    }
