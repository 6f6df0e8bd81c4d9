"""/settings/agents/calls: how often agents are asked, and where nobody is called."""

from pathlib import Path

import pytest

from duplistat.services.configuration.overrides import in_effect, stored
from tests.web.conftest import site_over
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said


def send(site: Site, status: int = 303, minutes: str = "", deny: str = "") -> str:
    return said(site.send("/settings/agents/calls", status, collect_minutes=minutes, deny=deny).text)


def test_what_holds_and_who_says_so(site: Site) -> None:
    page = site.text("/settings/agents/calls")
    assert "every 15 minutes, default" in page
    assert "169.254.0.0/16" in page
    send(site, minutes="0", deny="10.0.0.0/8\r\n\r\n fe80::/10 ")
    page = site.text("/settings/agents/calls")
    assert "only manually, set on this page" in page
    assert "10.0.0.0/8, fe80::/10, set on this page" in page
    agents = in_effect(site.db, site.app.extensions["duplistat"].config).agents
    assert (agents.collect_minutes, agents.deny) == (0, ("10.0.0.0/8", "fe80::/10"))


def test_empty_fields_go_back_to_the_default(site: Site) -> None:
    send(site, minutes="1", deny="10.0.0.0/8")
    send(site)
    assert stored(site.db) == {}
    send(site)
    assert "No changes." in site.text("/settings/agents/calls")


@pytest.mark.parametrize(
    ("minutes", "deny", "message"),
    [
        ("often", "", "Enter a whole number from 0 to 10080."),
        ("", "10.0.0.0/8\neverywhere<script>", "everywhere<script> is not a network such as 10.0.0.0/8."),
        ("", "10.0.0.0/8\n" * 501, "At most 500 networks."),
    ],
)
def test_a_form_that_is_wrong_says_so(site: Site, minutes: str, deny: str, message: str) -> None:
    assert message in send(site, 400, minutes, deny)
    assert stored(site.db) == {}


def test_networks_are_opened(site: Site) -> None:
    assert "Allowed networks none, default" in site.text("/settings/agents/calls")
    site.send("/settings/agents/calls", collect_minutes="", deny="", allow="10.1.0.0/16\nfd00::/8")
    page = site.text("/settings/agents/calls")
    assert "Allowed networks 10.1.0.0/16, fd00::/8, set on this page" in page
    assert "Registration" not in page
    assert in_effect(site.db, site.app.extensions["duplistat"].config).agents.allow == (
        "10.1.0.0/16",
        "fd00::/8",
    )
    answer = site.send("/settings/agents/calls", 400, collect_minutes="", deny="", allow="ours")
    assert "ours is not a network such as 10.0.0.0/8." in said(answer.text)


def test_with_open_registration_it_is_said_what_that_means(database_url: str, tmp_path: Path) -> None:
    with site_over(database_url, tmp_path, accounts={"registration": "open"}) as site:
        assert "open: private and other non-public addresses are blocked" in site.text(
            "/settings/agents/calls"
        )


def test_they_are_of_the_whole_server(site: Site) -> None:
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        site.html("/settings/agents/calls", 403)
        send(site, 403, minutes="1")
