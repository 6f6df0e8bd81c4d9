"""What all settings have in common: what cannot be undone stands apart and is confirmed; what was saved is marked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from duplistat.services.people.identity import Role
from duplistat.web import settings
from tests.support.known import id_of
from tests.support.signing import person
from tests.web.settings.people import below_main
from tests.web.settings.test_agents import make
from tests.web.site import Site

TEMPLATES = Path(__file__).parents[3] / "templates"
SETTINGS = sorted((TEMPLATES / "settings").glob("[!_]*.html"))
# What is set elsewhere, and lost there.
OTHERS = ("channel", "channel_texts", "rule", "digest_edit")
PAGES = [
    *SETTINGS,
    *(TEMPLATES / "alerts" / f"{name}.html" for name in OTHERS),
    TEMPLATES / "server_edit.html",
    TEMPLATES / "job_delete.html",
]
ZONE = re.compile(r"{% call (?:parts\.)?danger_zone\(\) %}")
CALL = re.compile(r"{% (end)?call\b[^%]*%}")
LOSES = re.compile(r"\w+_(?:revoke|remove|delete|drop|restore_go|ping_key_rotate)\b")
# Made again as it was by whoever took it away.
EASY = {"device_remove"}
# Behind the zone, what it stands in ends.
END = re.compile(r"(?:\s|{% end(?:if|block) %}|</form>)*")
# What asks for a confirmation, or leads to where it is asked for.
CONFIRMS = ("confirm(", '"confirm"', '"sure"', "danger_link(", "button danger")
SAVES = re.compile(r"form_start\(url_for\(\"web\.(\w+)\"(?:(?!</form>).)*button\(_\(\"Save", re.DOTALL)
CREATES = re.compile(r'button\(_\("Create [^"]*"\), "primary"\)|class="create"')


def parted(text: str) -> tuple[str, str, str]:
    """A template before, within and behind its danger zone."""
    start = ZONE.search(text)
    if start is None:
        return text, "", ""
    depth = 0
    for call in CALL.finditer(text, start.start()):
        depth += -1 if call[1] else 1
        if not depth:
            return text[: start.start()], text[start.start() : call.end()], text[call.end() :]
    raise AssertionError("the danger zone has no end")


def wrong(text: str) -> Iterator[str]:
    """What breaks the rule in a template."""
    before, zone, behind = parted(text)
    lost = set(LOSES.findall(before + behind)) - EASY
    yield from (f"{name} is outside of the danger zone" for name in sorted(lost))
    if "confirm(" in before + behind or ', "danger")' in before + behind:
        yield "something dangerous is outside of the danger zone"
    if zone and not any(words in zone for words in CONFIRMS):
        yield "the danger zone asks for no confirmation"
    if zone and not END.fullmatch(behind):
        yield "the danger zone is not at the end"


def test_what_cannot_be_undone_stands_at_the_end_of_its_page_and_is_confirmed() -> None:
    texts = {path.name: path.read_text("utf-8") for path in PAGES}
    assert {name: found for name, text in texts.items() if (found := [*wrong(text)])} == {}
    views = set(re.findall(r'\(f?"[^"]*", "(\w+)"', Path(settings.__file__).read_text("utf-8")))
    zones = "".join(parted(path.read_text("utf-8"))[1] for path in SETTINGS)
    assert {name for name in views if LOSES.fullmatch(name) and name not in zones} == EASY


def test_a_form_that_was_saved_is_marked_once(site: Site) -> None:
    site.report()
    agent, account = make(site, account=below_main(site, "acme")), id_of(site.db, "acme")
    user = person(site.db, 1, Role.VIEWER, 1)
    location = {"name": "Halle", "http_port": "80", "https_port": "443"}
    forms: dict[str, tuple[str, dict[str, Any]]] = {
        "me_save": ("/settings/me", {"name": "Ada", "language": "en", "region": "auto", "theme": "auto"}),
        "settings_calls_save": ("/settings/agents/calls", {"collect_minutes": "7"}),
        "settings_retention_save": ("/settings/retention", {"runs_days": "999"}),
        "settings_location_save": ("/settings/locations/529", location),
        "settings_user_save": (
            f"/settings/users/{user}",
            {"name": "Eva", "email": "e@x.org", "role": "viewer"},
        ),
        "settings_account_save": (f"/settings/accounts/{account}", {"name": "Acme", "timezone": ""}),
        "settings_agent_save": (
            f"/settings/agents/{agent}",
            {"name": "nas", "host": "nas", "port": "1", "fingerprint": ""},
        ),
        "settings_agent_maintain": (f"/settings/agents/{agent}/maintain", {"hours": "2"}),
    }
    # The password is asked for: tests/access/test_me.py. Another page has what is connected.
    known = {*forms, "me_save_sign_in", "connect_save"}
    assert {name for path in SETTINGS for name in SAVES.findall(path.read_text("utf-8"))} == known
    for address, fields in forms.values():
        page = site.send(address, **fields).location
        marked = f'saved" method="post" action="{address}"'
        assert marked in site.html(page), address
        assert marked not in site.html(page), address


def test_what_creates_something_opens_its_form() -> None:
    texts = {path.stem: path.read_text("utf-8") for path in SETTINGS}
    assert {name: found for name, text in texts.items() if (found := CREATES.findall(text))} == {}
    creating = {name for name, text in texts.items() if "{% call create(" in text}
    assert creating == {
        *("accounts", "badges", "clients", "keys", "locations", "mail", "ping_keys", "users", "walls")
    }
