"""Who may read GET /v1/partners/…/reports/backup_status."""

import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree as accounts_service
from tests.apis.intronis.conftest import Partner
from tests.support.known import id_of


@pytest.mark.parametrize("scheme", ["OAuth", "oauth", "Bearer", "bearer"])
def test_the_token_may_come_under_two_names(partner: Partner, scheme: str) -> None:
    partner.upload("barracuda_a")
    assert len(partner.entries(Authorization=f"{scheme} {partner.token()}")) == 1


@pytest.mark.parametrize("header", ["", "OAuth", "OAuth wrong", "Basic eDp5", "Token x"])
def test_without_a_valid_token_nothing_is_told(partner: Partner, header: str) -> None:
    for accept in ("application/json", "application/xml"):
        answer = partner.get(Authorization=header, Accept=accept)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "OAuth"
        assert "401" in answer.text


def test_an_api_key_is_no_token(partner: Partner) -> None:
    key = partner.site.key(Scope.ADMIN, account="barracuda", name="admin")
    assert partner.get(Authorization=f"Bearer {key}").status_code == 401


def test_the_scope_is_needed(partner: Partner) -> None:
    answer = partner.get(token=partner.token(scope="accounts_read"), Accept="application/xml")
    assert answer.status_code == 403
    error = ET.fromstring(answer.text)
    assert (error.tag, error.findtext("code")) == ("error", "403")
    assert "partners_read" in (error.findtext("message") or "")


def test_a_partner_reads_of_one_customer_too(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.upload("barracuda_b")
    assert [e["username"] for e in partner.entries(partner="barracuda_b")] == ["barracuda_b"]


def test_a_stranger_is_answered_like_nobody(partner: Partner) -> None:
    partner.site.account("stranger")
    there = partner.get(partner="stranger")
    nowhere = partner.get(partner="nobody")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace("stranger", "nobody") == nowhere.text


def test_the_partner_above_is_forbidden(partner: Partner) -> None:
    assert partner.get(partner="main").status_code == 404
    accounts_service.move(
        partner.site.db, id_of(partner.site.db, "barracuda"), id_of(partner.site.db, "main")
    )
    answer = partner.get(partner="main")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, 403)


def test_the_name_of_an_account_above_is_not_told(partner: Partner) -> None:
    between = partner.site.account("reseller", parent="main")
    accounts_service.move(partner.site.db, id_of(partner.site.db, "barracuda"), between)
    there, nowhere = partner.get(partner="reseller"), partner.get(partner="nobody")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace("reseller", "nobody") == nowhere.text


@pytest.mark.usefixtures("both_databases")
def test_of_several_partners_of_a_name_one_is_meant(partner: Partner) -> None:
    first = partner.site.account("shop", parent="barracuda_a")
    second = partner.site.account("shop", parent="barracuda_b")
    # What the token does not see does not count.
    partner.site.account("shop", parent="main")
    answer = partner.get(partner="shop")
    assert answer.status_code == 400
    told = answer.get_json()["error"]["message"]
    assert f"'shop #{first}' (barracuda / barracuda_a / shop)" in told
    assert "main" not in told
    for name in (f"shop #{second}", "barracuda_b/shop"):
        assert partner.entries(partner=quote(name, safe="")) == []
    assert partner.get(partner=quote("main/shop", safe="")).status_code == 404
