"""POST /api.php: how a call is found, who may make it, and what any answer looks like."""

import logging
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from duplistat.services.accounts import tree
from duplistat.services.people.identity import Role
from tests.support.known import id_of
from tests.support.people import PASSWORD, People
from tests.support.site import Site

OK = '<?xml version="1.0" encoding="UTF-8"?>\n<response><status value="ok"></status></response>\n'
WITH_SESSION = ("addContact", "updateContactData", "removeContact", "updateUserData")


def post(site: Site, **form: str) -> TestResponse:
    return site.client().post("/api.php", data=form)


def test_a_form_may_be_multipart_as_php_sends_arrays(people: People) -> None:
    people.user()
    form = {"apiCALL": "login", "email": "jo@example.org", "password": PASSWORD}
    answer = people.site.client().post("/api.php", data=form, content_type="multipart/form-data")
    assert '<email value="jo@example.org"></email>' in answer.text


@pytest.mark.parametrize("name", ["apicall", "APICALL", "ApiCall", "api-call", "api_CALL"])
def test_names_of_parameters_are_matched_without_regard_to_case(site: Site, name: str) -> None:
    answer = post(site, **{name: "recoverPassword", "EMAIL": "nobody@example.org"})
    assert answer.text == OK


@pytest.mark.parametrize("name", ["nonsense", "<b>", "__class__", "x" * 150])
def test_an_unknown_call_is_told_so(people: People, name: str) -> None:
    answer = people.nobody().call(name)
    assert (answer.response.status_code, answer.code) == (200, "unknown")
    assert name in answer.message


def test_a_form_without_a_call_is_invalid(site: Site) -> None:
    answer = post(site, email="jo@example.org")
    assert answer.status_code == 200
    assert 'message="apiCALL is required" code="invalid"' in answer.text


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(people: People, method: str) -> None:
    people.user()
    answer = people.site.client().open(
        f"/api.php?apiCALL=login&email=jo@example.org&password={PASSWORD}", method=method.upper()
    )
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    assert answer.content_type == "application/xml; charset=UTF-8"
    assert "Set-Cookie" not in answer.headers


def test_what_is_in_the_address_is_no_parameter(people: People) -> None:
    people.user()
    answer = people.site.client().post(
        f"/api.php?email=jo@example.org&password={PASSWORD}", data={"apiCALL": "login"}
    )
    assert 'message="email is required" code="invalid"' in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"apiCALL=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"--b\r\n\r\nnot a part", "multipart/form-data; boundary=b"),
        (b"", "multipart/form-data"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b'{"apiCALL": "login"}', "application/json"),
        (b"apiCALL=login&email=%ff%fe&password=%00", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(50_000)), "application/x-www-form-urlencoded"),
        (
            b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(500))
            + b"--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_body_that_is_no_form_or_too_much_is_invalid(site: Site, body: bytes, kind: str) -> None:
    answer = site.client().post("/api.php", data=body, content_type=kind)
    assert (answer.status_code, answer.content_type) == (200, "application/xml; charset=UTF-8")
    assert 'code="invalid"' in answer.text


def test_a_form_that_does_not_say_what_it_is_is_one(people: People) -> None:
    people.user()
    body = f"apiCALL=login&email=jo%40example.org&password={PASSWORD.replace(' ', '+')}"
    answer = people.site.client().post("/api.php", data=body)
    assert '<email value="jo@example.org"></email>' in answer.text


def test_a_form_that_is_too_large_is_told_its_own_limit(site: Site) -> None:
    assert 'message="The form is larger than 262144 bytes" code="invalid"' in post(site, a="x" * 300_000).text


@pytest.mark.parametrize("name", WITH_SESSION)
def test_a_call_for_a_session_is_refused_without_one(people: People, name: str) -> None:
    stranger = people.nobody()
    assert stranger.call(name).code == "auth"
    stranger.client.set_cookie("duplistat_session", "made-up")
    assert stranger.call(name).code == "auth"


def test_who_may_not_call_is_told_before_what_is_missing(people: People) -> None:
    owner, contact = people.signed_in(), people.nobody()
    people.contact(owner)
    contact.sign_in("kim@example.org")
    for name in ("addContact", "updateContactData", "removeContact"):
        assert contact.call(name).code == "forbidden"
    assert contact.call("updateUserData", name="Kim B").code == ""


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_is_no_administrator_says_nothing_about_who_else_signs_in(people: People, role: Role) -> None:
    person = people.signed_in(role=role)
    for name in ("addContact", "updateContactData", "removeContact"):
        assert person.call(name).code == "forbidden"
    assert person.is_in


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind-a-proxy.example.org"}, ""),
        ({"Sec-Fetch-Site": "none"}, ""),
        ({"Sec-Fetch-Site": "cross-site"}, "forbidden"),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, "forbidden"),
        ({"Origin": "http://localhost"}, ""),
        ({"Origin": "http://["}, "forbidden"),
        ({"Origin": "https://backup.example.org"}, ""),
        ({"Origin": "http://localhost:8080"}, "forbidden"),
        ({"Origin": "https://example.org"}, "forbidden"),
        ({"Origin": "null"}, "forbidden"),
    ],
)
def test_a_page_of_another_site_makes_no_call_for_whoever_looks_at_it(
    make_site: Callable[..., Site], headers: dict[str, str], code: str
) -> None:
    people = People(make_site(server={"public_url": "https://backup.example.org/status/"}))
    person, nobody = people.signed_in(), people.nobody()
    person.headers = nobody.headers = headers
    assert person.call("updateUserData", name="Other").code == code
    assert nobody.sign_in("jo@example.org").code == code
    assert bool(nobody.cookie) is not bool(code)


def test_without_a_public_address_no_page_has_none(people: People) -> None:
    person = people.signed_in()
    person.headers = {"Origin": "null"}
    assert person.call("updateUserData", name="Other").code == "forbidden"


def test_somebody_of_a_suspended_account_does_not_get_in_and_does_not_stay(people: People) -> None:
    people.site.account("acme")
    person = people.signed_in(account="acme")
    tree.suspend(people.site.db, id_of(people.site.db, "acme"), people.site.now())
    assert person.call("updateUserData").code == "forbidden"
    refused = people.nobody().sign_in("jo@example.org")
    assert (refused.code, refused.message) == ("forbidden", "This account is suspended")
    assert people.nobody().sign_in("jo@example.org", "wrong password").code == "auth"
    tree.reactivate(people.site.db, id_of(people.site.db, "acme"))
    assert person.is_in


def test_what_goes_wrong_here_is_xml_without_a_trace(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a detail")

    people.user()
    monkeypatch.setattr("duplistat.services.people.sessions.sign_in", fail)
    answer = people.nobody().sign_in("jo@example.org")
    assert (answer.response.status_code, answer.code) == (200, "internal")
    assert "a detail" not in answer.response.text
    assert "a detail" in caplog.text
    assert PASSWORD not in caplog.text


def test_no_secret_is_in_the_log_or_in_the_database(
    people: People, make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = people.signed_in()
    person.sign_in("jo@example.org", "wrong password")
    person.call("updateUserData", password="another password")
    assert person.cookie
    kept = "".join(
        str(people.site.db.rows(f"SELECT * FROM {table}")) for table in ("account_user", "session", "failure")
    )
    for secret in (PASSWORD, "wrong password", "another password", person.cookie):
        assert secret not in caplog.text
        assert secret not in kept
