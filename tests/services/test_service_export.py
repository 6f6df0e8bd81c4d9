"""Services leave with their account, without the passwords that are stored for them."""

import json

from duplistat.services.accounts import export
from tests.support.agents import Customer
from tests.support.known import the_account
from tests.support.site import Site


def test_an_export_holds_services_without_passwords(site: Site) -> None:
    acme = Customer(site)
    acme.add(encrypt="1", password="of the backup", agent_password="of the agent")
    owner = the_account(site.db, "acme")
    assert owner is not None
    lines = [json.loads(line) for line in export.lines(site.db, [owner], site.now())]
    (row,) = [line for line in lines if line.get("table") == "service"]
    assert (row["name"], row["data_secret"], row["agent_secret"]) == ("nas", None, None)
