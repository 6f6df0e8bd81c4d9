"""Every address of settings asks for a role, and every form for its origin."""

import re

import pytest

from tests.support.known import the_account
from tests.web.settings.people import as_role
from tests.web.site import Site

# What operators may; everything else takes an admin.
OPERATORS = {"/settings/agents", "/settings/inbox", "/settings/output"}
# What of these takes an admin all the same.
ADMINS = ("/suspend", "/reactivate", "/maintain", "/remove", "/settings/agents/calls")
# Whoever is signed in comes here, and is led on.
EVERYBODY = {"/settings"}
# Subjects of their own people, with tests of their own.
OTHERS = {"/settings/me", "/settings/sessions"}


def addresses(site: Site, method: str) -> dict[str, str]:
    """{rule: an address of it} of all rules that answer a method."""
    return {
        rule.rule: re.sub(r"<[^>]*>", "1", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/settings") and method in (rule.methods or ())
    }


def subject_of(rule: str) -> str:
    return "/".join(rule.split("/")[:3])


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_settings_ask_for_a_role(site: Site, role: str) -> None:
    main = the_account(site.db, "main")
    assert main is not None
    with as_role(site, role, main.id):
        for method in ("GET", "POST"):
            for rule, address in addresses(site, method).items():
                answer = site.client.open(address, method=method, data={"csrf": site.token})
                open_to_all = rule in EVERYBODY or subject_of(rule) in OTHERS
                for_operators = subject_of(rule) in OPERATORS and not rule.endswith(ADMINS)
                authorize = open_to_all or (role == "operator" and for_operators)
                assert (answer.status_code == 403) != authorize, (method, rule, answer.status_code)


def test_forms_prove_where_they_come_from(site: Site) -> None:
    for rule, address in addresses(site, "POST").items():
        assert site.client.post(address, data={"csrf": "0" * 64}).status_code == 403, rule


def test_nobody_else_comes_in(site: Site) -> None:
    stranger = site.app.test_client()
    for rule, address in addresses(site, "GET").items():
        assert "/sign-in" in stranger.get(address).headers["Location"], rule
    for rule, address in addresses(site, "POST").items():
        assert "/sign-in" in stranger.post(address).headers["Location"], rule
