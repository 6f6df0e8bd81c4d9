"""Mail as intake by programs: addresses, and rules for what mails mean."""

import pytest

from duplistat.services.mail_intake import addresses
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

RULE = {"pattern": "Backup of {job} on  {server} completed", "status": "success"}


def test_an_address_is_created_and_revoked_and_told_once(program: Program, site: Site) -> None:
    made = program.post("mail-addresses", {"name": "nas", "server": "attic"}, again="k")
    address = made.pop("address")
    assert (made["name"], made["server"], made["job"], made["mails"]) == ("nas", "attic", "", 0)
    found = addresses.find(site.db, address)
    assert found is not None
    assert (found.id, address.startswith(made["hint"])) == (made["id"], True)
    again = program.post("mail-addresses", {"name": "nas", "server": "attic"}, again="k")
    assert again == made | {"address": None}
    assert program.read("mail-addresses")["mail_addresses"] == [made]
    assert program.send("POST", "mail-addresses", {"name": "nas"}).status_code == 400
    assert program.refused("mail-addresses", {"name": "", "job": 1}).keys() == {"name", "job"}
    assert program.send("DELETE", f"mail-addresses/{made['id']}").status_code == 204
    assert program.send("DELETE", f"mail-addresses/{made['id']}").status_code == 404
    assert addresses.find(site.db, address) is None
    assert [entry[:2] for entry in noted(site)] == [
        ("key deploy", "mail_address.revoke"),
        ("key deploy", "mail_address.create"),
    ]


def test_a_rule_is_created_tried_and_removed(program: Program, site: Site) -> None:
    mail = {"subject": "Backup of db1 on web-01 completed", "text": "All is well."}
    assert program.post("mail-rules/try", mail)["rule"] is None
    made = program.post("mail-rules", RULE, again="k")
    assert program.post("mail-rules", RULE, again="k") == made
    assert (made["place"], made["pattern"], made["operation"]) == (
        "subject",
        "Backup of {job} on {server} completed",
        "backup",
    )
    assert program.read("mail-rules")["mail_rules"] == [made]
    tried = program.post("mail-rules/try", mail)
    assert (tried["rule"]["pattern"], tried["rule"]["status"]) == (made["pattern"], "success")
    assert tried["runs"] == [{"server": "web-01", "job": "db1", "operation": "backup", "status": "success"}]
    assert program.send("POST", "mail-rules", RULE).status_code == 400
    assert program.send("DELETE", f"mail-rules/{made['id']}").status_code == 204
    assert program.send("DELETE", f"mail-rules/{made['id']}").status_code == 404
    assert [entry[:2] for entry in noted(site)] == [
        ("key deploy", "mail_rule.drop"),
        ("key deploy", "mail_rule.add"),
    ]


def test_what_is_no_rule_is_refused(program: Program) -> None:
    wrong = {"pattern": " ", "status": "odd", "place": "head", "operation": 1}
    assert program.refused("mail-rules", wrong).keys() == wrong.keys()
    assert program.send("POST", "mail-rules", RULE | {"pattern": "{job}{server}"}).status_code == 400
    assert program.refused("mail-rules/try", {"text": "x" * 100_001}).keys() == {"text"}
