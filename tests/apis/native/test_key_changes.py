"""API keys and OAuth clients by programs: a key gives no other one more than it may do itself."""

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.program import PROBLEM, Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_key_is_created_used_rotated_and_revoked(program: Program, site: Site) -> None:
    made = program.post(
        "keys", {"name": "homepage", "scopes": ["read"], "expires_at": "2026-02-01T00:00:00Z"}
    )
    assert (made["state"], made["scopes"], made["hint"]) == ("valid", ["read"], made["key"][:7])
    path = f"keys/{made['id']}"
    assert program.read(path) == {name: made[name] for name in made if name != "key"}
    assert site.get("/api/v1/jobs", **{"X-Api-Key": made["key"]}).status_code == 200
    rotated = program.post(f"{path}/rotate", {"keep_hours": 0})
    assert site.get("/api/v1/jobs", **{"X-Api-Key": made["key"]}).status_code == 401
    assert site.get("/api/v1/jobs", **{"X-Api-Key": rotated["key"]}).status_code == 200
    assert program.post(f"{path}/revoke")["state"] == "revoked"
    assert site.get("/api/v1/jobs", **{"X-Api-Key": rotated["key"]}).status_code == 401
    assert program.send("POST", f"{path}/rotate").status_code == 400
    assert [action for _, action, _ in noted(site)] == ["key.revoke", "key.rotate", "key.create"]


def test_a_secret_is_told_in_the_first_answer_and_stored_nowhere(program: Program, site: Site) -> None:
    body = {"name": "once", "scopes": ["ingest"]}
    first = program.post("keys", body, again="k")
    again = program.post("keys", body, again="k")
    assert again == first | {"key": None}
    assert len([key for key in program.read("keys")["keys"] if key["name"] == "once"]) == 1
    client = program.post("clients", {"name": "c", "scopes": ["partners_read"]}, again="c")
    assert program.post("clients", {"name": "c", "scopes": ["partners_read"]}, again="c") == {
        "client_id": None,
        "client_secret": None,
    }
    for table in ("idempotency", "audit", "key", "client"):
        told = repr(site.db.rows(f"SELECT * FROM {table}"))
        assert first["key"] not in told
        assert client["client_secret"] not in told


def test_a_key_gives_no_scope_that_it_lacks_and_rotates_no_stronger_one(program: Program, site: Site) -> None:
    weak = Program(site, Scope.KEYS_ADMIN, Scope.READ, name="weak")
    for scopes in (["jobs:write"], ["read", "admin"], ["users:admin"]):
        refused = weak.send("POST", "keys", {"name": "x", "scopes": scopes})
        assert (refused.status_code, refused.content_type) == (403, PROBLEM)
    made = weak.post("keys", {"name": "own", "scopes": ["read", "keys:admin"]})
    assert weak.post(f"keys/{made['id']}/rotate")["key"]
    strong = program.post("keys", {"name": "strong", "scopes": ["jobs:write"]})
    assert weak.send("POST", f"keys/{strong['id']}/rotate").status_code == 403
    # To take something away is no power.
    assert weak.post(f"keys/{strong['id']}/revoke")["state"] == "revoked"
    blind = Program(site, Scope.KEYS_ADMIN, name="blind")
    assert blind.send("POST", "clients", {"name": "c", "scopes": ["partners_read"]}).status_code == 403
    admin = Program(site, Scope.KEYS_ADMIN, Scope.ADMIN, name="of old")
    assert admin.post("keys", {"name": "y", "scopes": ["alerts:admin", "ingest"]})["id"]


def test_what_is_wrong_is_told_by_field(program: Program) -> None:
    wrong = {"name": "", "scopes": ["everything"], "expires_at": "soon"}
    assert program.refused("keys", wrong).keys() == {"name", "scopes.0", "expires_at"}
    assert program.refused("keys", {"name": "x", "scopes": []}) == {"scopes": "must have at least 1 items"}
    past = {"name": "x", "scopes": ["read"], "expires_at": "2026-01-01T00:00:00Z"}
    assert program.refused("keys", past) == {"expires_at": "must be in the future"}
    taken = program.send("POST", "keys", {"name": "deploy", "scopes": ["read"]})
    assert (taken.status_code, taken.get_json()["detail"]) == (400, "there is a key named 'deploy' already")


def test_a_client_is_created_and_revoked_with_its_tokens(program: Program, site: Site) -> None:
    made = program.post("clients", {"name": "billing", "scopes": ["partners_read"]})
    form = {"grant_type": "none", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    token = site.client().post("/oauth2/token", data=form).get_json()["access_token"]
    address = "/v1/partners/main/reports/backup_status"
    assert site.get(address, Authorization=f"OAuth {token}").status_code == 200
    (row,) = program.read("clients")["clients"]
    assert (row["name"], row["client_id"], row["revoked_at"]) == ("billing", made["client_id"], None)
    assert program.post(f"clients/{row['id']}/revoke")["revoked_at"] == "2026-01-28T12:00:00.000Z"
    assert site.get(address, Authorization=f"OAuth {token}").status_code == 401
