"""/settings/locations: added, changed, removed, and told by /api.php at once."""

from typing import Any

import pytest

from duplistat.services.audit import BY_COMMAND, Signature
from duplistat.services.configuration.overrides import in_effect, set_overrides, stored
from duplistat.web.access import signature
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

FIELDS: dict[str, Any] = {"id": "9", "name": "Halle", "http_port": "80", "https_port": "443"}
EVIL = "<script>alert(1)</script>\u202e\x1b[31m"


def names(site: Site) -> list[str]:
    config = site.app.extensions["duplistat"].config
    return [location.name for location in in_effect(site.db, config).locations]


def test_the_first_four_are_the_default(site: Site) -> None:
    page = site.text("/settings/locations")
    assert "Source: default." in page
    assert "Frankfurt 529 this server 80 and 443 0 connections" in page


def test_a_location_is_added_changed_and_removed(site_on_both: Site) -> None:
    site = site_on_both
    site.send("/settings/locations", **FIELDS, url="https://halle.example.com", ip="192.0.2.9", special="1")
    page = site.text("/settings/locations")
    assert "Storage location Halle created." in page
    assert "Source: set on this page." in page
    assert "Halle restricted 9 https://halle.example.com 192.0.2.9 80 and 443 0 connections" in page
    site.send("/settings/locations/9", **(FIELDS | {"id": "10", "name": "Halle (Saale)"}), ip="2001:db8::1")
    assert stored(site.db)["locations"][-1]["id"] == 9
    assert "2001:db8::1" in site.text("/settings/locations")
    site.send("/settings/locations/9/remove", 400, confirm="Halle")
    site.send("/settings/locations/9/remove", confirm="Halle (Saale)")
    assert names(site) == ["Washington", "Los Angeles", "Frankfurt", "Bucharest"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "529"}, "This number is already in use."),
        ({"id": "x"}, "Enter a whole number from 0 to 2147483647."),
        ({"name": ""}, "Enter a name."),
        (
            {"url": "javascript:alert(1)"},
            "Enter an address such as https://backup.example.com, or leave blank.",
        ),
        ({"ip": "300.1.1.1"}, "Enter an IP address, or leave blank."),
        ({"http_port": "0"}, "Enter a whole number from 1 to 65535."),
    ],
)
def test_a_form_that_is_wrong_says_so(site: Site, fields: dict[str, str], message: str) -> None:
    assert message in said(site.send("/settings/locations", 400, **(FIELDS | fields)).text)
    assert stored(site.db) == {}


def test_one_location_stays(site: Site) -> None:
    for number, name in ((527, "Washington"), (528, "Los Angeles"), (529, "Frankfurt")):
        site.send(f"/settings/locations/{number}/remove", confirm=name)
    answer = site.send("/settings/locations/530/remove", 400, confirm="Bucharest")
    assert "At least one storage location is needed." in said(answer.text)
    site.html("/settings/locations/527", 404)


def test_of_two_admins_at_once_neither_loses_a_change(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.send("/settings/locations", **FIELDS)
    place = "duplistat.web.settings.locations.signature"

    def after_another() -> Signature:
        """Who saves, once another admin saved something, too."""
        monkeypatch.setattr(place, signature)
        with as_role(site, "admin", 1):
            site.send("/settings/locations/527/remove", confirm="Washington")
        return signature()

    for address, fields in (
        ("/settings/locations/9", FIELDS | {"name": "Halle (Saale)"}),
        ("/settings/locations", FIELDS | {"id": "10"}),
        ("/settings/locations/9/remove", {"confirm": "Halle"}),
    ):
        monkeypatch.setattr(place, after_another)
        assert "Somebody else changed this at the same moment" in said(site.send(address, 400, **fields).text)
        assert names(site) == ["Los Angeles", "Frankfurt", "Bucharest", "Halle"]
        site.send("/settings/locations", **(FIELDS | {"id": "527", "name": "Washington"}))
        known = stored(site.db)["locations"]
        moved = {"locations": [known[-1], *known[:-1]]}
        site.writes.run(set_overrides, changes=moved, subject="locations", by=BY_COMMAND.plain(), now=0)
    site.send("/settings/locations/9", **(FIELDS | {"name": "Halle (Saale)"}))


def test_hostile_names_are_only_text(site: Site) -> None:
    site.send("/settings/locations", **(FIELDS | {"name": EVIL, "hostname": EVIL}))
    html = site.html("/settings/locations")
    for text in ("<script>alert", "\u202e", "\x1b"):
        assert text not in html


def test_they_are_of_the_whole_server(site: Site) -> None:
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        site.html("/settings/locations", 403)
        site.send("/settings/locations", 403, **FIELDS)
        site.send("/settings/locations/529/remove", 403, confirm="Frankfurt")
