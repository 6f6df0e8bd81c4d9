"""POST /oauth2/token and /oauth2/revoke."""

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import peewee
import pytest

from duplistat.services.access import oauth_clients
from duplistat.services.access.oauth_clients import Scope
from duplistat.services.accounts import tree as accounts_service
from tests.apis.intronis.conftest import Partner
from tests.support.known import id_of, the_account

FORM = "application/x-www-form-urlencoded"
NO_GRANT = {
    "error": "invalid_request",
    "error_description": "grant_type is required, in a form: none or client_credentials",
}


@pytest.mark.parametrize("grant", ["none", "client_credentials"])
def test_a_client_gets_a_token_for_an_hour(partner: Partner, grant: str) -> None:
    answer = partner.ask(grant_type=grant, scope="partners_read")
    content = answer.get_json()
    assert answer.status_code == 200
    assert content.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (content["token_type"], content["expires_in"], content["scope"]) == (
        "OAuth",
        3600,
        "partners_read",
    )
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("between", ["+", " "])
def test_scopes_are_joined_by_a_plus_sign_or_a_blank(partner: Partner, between: str) -> None:
    content = partner.ask(scope=f"partners_read{between}accounts_read").get_json()
    assert content["scope"] == "partners_read accounts_read"


def test_without_a_scope_a_token_has_all_that_its_client_has(partner: Partner) -> None:
    assert partner.ask().get_json()["scope"] == "partners_read accounts_read"


def test_the_secret_may_come_as_basic_authorization(partner: Partner) -> None:
    pair = base64.b64encode(f"{partner.client_id}:{partner.secret}".encode()).decode()
    answer = partner.site.client().post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {pair}"}
    )
    assert answer.get_json()["token_type"] == "OAuth"


@pytest.mark.parametrize(
    "form", [{"client_secret": "0" * 32}, {"client_id": "0" * 32}, {"client_id": "-"}, {"client_secret": "-"}]
)
def test_a_wrong_client_is_told_so_and_no_more(partner: Partner, form: dict[str, str]) -> None:
    answer = partner.ask(**form)
    assert answer.status_code == 401
    assert answer.get_json() == {
        "error": "invalid_client",
        "error_description": "The client is not known, or its secret is wrong",
    }


def test_a_secret_in_the_address_is_not_taken(partner: Partner) -> None:
    address = f"/oauth2/token?client_id={partner.client_id}&client_secret={partner.secret}"
    answer = partner.site.client().post(address, data={"grant_type": "none"})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "None", " "])
def test_another_grant_is_not_supported(partner: Partner, grant: str) -> None:
    answer = partner.ask(grant_type=grant)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("grant", ["-", ""], ids=["missing", "empty"])
def test_a_request_without_a_grant_is_invalid(partner: Partner, grant: str) -> None:
    answer = partner.ask(grant_type=grant)
    assert (answer.status_code, answer.get_json()) == (400, NO_GRANT)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", ""])
@pytest.mark.parametrize("body", ["", "{}", "grant_type=none&client_id=a", '{"grant_type": "none"}'])
def test_what_is_no_form_has_no_grant(partner: Partner, kind: str, body: str) -> None:
    answer = partner.site.client().post("/oauth2/token", data=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.get_json()) == (400, NO_GRANT)


def test_a_grant_in_the_address_is_not_taken(partner: Partner) -> None:
    form = {"client_id": partner.client_id, "client_secret": partner.secret}
    answer = partner.site.client().post("/oauth2/token?grant_type=none", data=form)
    assert (answer.status_code, answer.get_json()) == (400, NO_GRANT)


def test_a_grant_that_is_not_known_is_invalid_when_it_is_given_twice(partner: Partner) -> None:
    body = "grant_type=password&grant_type=password"
    answer = partner.site.client().post("/oauth2/token", data=body, content_type=FORM)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("more", ["", "&token=", "&token=a&token=b"], ids=["none", "empty", "two"])
def test_a_revocation_is_of_one_token(partner: Partner, more: str) -> None:
    body = f"client_id={partner.client_id}&client_secret={partner.secret}{more}"
    answer = partner.site.client().post("/oauth2/revoke", data=body, content_type=FORM)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_an_unknown_scope_is_invalid(partner: Partner) -> None:
    answer = partner.ask(scope="partners_read+everything")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


def test_a_client_gets_no_scope_that_it_has_not(partner: Partner) -> None:
    owner = the_account(partner.site.db, "barracuda")
    assert owner is not None
    partner.client_id, partner.secret = oauth_clients.create(
        partner.site.db, account=owner.id, name="", scopes=[Scope.ACCOUNTS_READ], now=0
    )
    answer = partner.ask(scope="partners_read")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


def test_a_token_ends_after_its_time(make_partner: Callable[..., Partner]) -> None:
    partner = make_partner(oauth={"token_seconds": 60})
    token = partner.token()
    partner.site.now.forward(seconds=59)
    assert partner.get(token=token).status_code == 200
    partner.site.now.forward(seconds=1)
    assert partner.get(token=token).status_code == 401


@pytest.mark.usefixtures("both_databases")
def test_a_client_gives_its_token_back(partner: Partner) -> None:
    token, other = partner.token(), partner.token()
    form = {"client_id": partner.client_id, "client_secret": partner.secret, "token": token}
    assert partner.site.client().post("/oauth2/revoke", data=form).status_code == 200
    assert partner.get(token=token).status_code == 401
    assert partner.get(token=other).status_code == 200


def test_a_client_does_not_end_the_token_of_another(partner: Partner) -> None:
    token = partner.token()
    owner = the_account(partner.site.db, "barracuda_a")
    assert owner is not None
    client_id, secret = oauth_clients.create(
        partner.site.db, account=owner.id, name="", scopes=list(Scope), now=0
    )
    form = {"client_id": client_id, "client_secret": secret, "token": token}
    assert partner.site.client().post("/oauth2/revoke", data=form).status_code == 200
    assert partner.get(token=token).status_code == 200


def test_a_revoked_client_gets_no_token_and_loses_those_it_has(partner: Partner) -> None:
    token = partner.token()
    oauth_clients.revoke(partner.site.db, partner.client_id, partner.site.now())
    assert partner.ask().status_code == 401
    assert partner.get(token=token).status_code == 401


def test_a_suspended_account_gets_no_token_and_may_not_use_those_it_has(partner: Partner) -> None:
    token = partner.token()
    accounts_service.suspend(partner.site.db, id_of(partner.site.db, "barracuda"), partner.site.now())
    assert partner.ask().status_code == 401
    assert partner.get(token=token).status_code == 403
    accounts_service.reactivate(partner.site.db, id_of(partner.site.db, "barracuda"))
    assert partner.get(token=token).status_code == 200


def test_wrong_secrets_are_limited_by_address(make_partner: Callable[..., Partner]) -> None:
    partner = make_partner(limits={"wrong_keys_per_minute": 3})
    assert [partner.ask(client_secret="x").status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = partner.ask()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
    partner.site.now.forward(seconds=20)
    assert partner.ask().status_code == 200


@pytest.mark.usefixtures("both_databases")
def test_neither_secret_nor_token_is_in_the_database(partner: Partner) -> None:
    token = partner.token()
    for table in ("client", "token"):
        text = str(partner.site.db.rows(f"SELECT * FROM {table}"))
        assert partner.secret not in text
        assert token not in text
    if partner.site.db.on_sqlite:
        files = Path(partner.site.db.url.removeprefix("sqlite:///")).parent.glob("duplistat.db*")
        content = b"".join(file.read_bytes() for file in files)
        assert partner.client_id.encode() in content
        assert token.encode() not in content
        assert partner.secret.encode() not in content


# What nobody means to send.


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "scope"])
def test_a_parameter_is_given_once(partner: Partner, name: str) -> None:
    form = {"grant_type": "none", "client_id": partner.client_id, "client_secret": partner.secret}
    pairs = [*(form | {"scope": "partners_read"}).items()]
    body = "&".join(f"{key}={value}" for key, value in [*pairs, *(pair for pair in pairs if pair[0] == name)])
    answer = partner.site.client().post("/oauth2/token", data=body, content_type=FORM)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("value", ["%00", "a%00b", "%FF", "%ED%A0%80", "%F0%9F%98%80"])
@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "scope"])
def test_a_value_that_no_database_takes_is_wrong_like_any_other(
    partner: Partner, name: str, value: str
) -> None:
    form = {"grant_type": "none", "client_id": partner.client_id, "client_secret": partner.secret}
    body = "&".join(f"{key}={text}" for key, text in (form | {name: value}).items())
    answer = partner.site.client().post("/oauth2/token", data=body, content_type=FORM)
    assert answer.status_code == (401 if name.startswith("client") else 400)
    assert answer.get_json()["error"].startswith(("invalid_", "unsupported_"))


@pytest.mark.parametrize(
    "pair",
    [b"\xff:\xff", b"\xed\xa0\x80:x", b"a\0:b", b"id:%41&+ \xc3\xa4:=", b"no colon", b":", b""],
)
def test_basic_authorization_that_is_no_client_is_refused(partner: Partner, pair: bytes) -> None:
    answer = partner.site.client().post(
        "/oauth2/token",
        data={"grant_type": "none"},
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_has_a_limit(partner: Partner, path: str, kind: str, chunked: bool) -> None:
    form = f"grant_type=none&client_id={partner.client_id}&client_secret={partner.secret}&token=t"
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    body = (head if "multipart" in kind else f"{form}&x=".encode()) + b"y" * (1 << 20)
    answer = partner.site.client().post(
        path,
        input_stream=BytesIO(body),
        content_type=kind,
        headers={"Transfer-Encoding": "chunked"} if chunked else {},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.get_json()["error"]) == (413, "PayloadTooLargeError")


def test_json_is_no_form(partner: Partner) -> None:
    form = {"grant_type": "none", "client_id": partner.client_id, "client_secret": partner.secret}
    answer = partner.site.client().post("/oauth2/token", json=form)
    assert (answer.status_code, answer.get_json()) == (400, NO_GRANT)


def test_a_token_is_posted_for(partner: Partner) -> None:
    for path in ("/oauth2/token", "/oauth2/revoke"):
        answer = partner.site.get(path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


def test_without_a_database_the_answer_is_to_come_again(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise peewee.OperationalError("gone")

    token = partner.token()
    monkeypatch.setattr("duplistat.store.clients.by_client_id", down)
    monkeypatch.setattr("duplistat.store.clients.token", down)
    answers = (partner.ask(), partner.get(token=token), partner.get(token=token, Accept="application/xml"))
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in answers] == [(503, "5")] * 3
    assert answers[2].text.endswith("</message></error>\n")
