"""Channels by programs: created, changed, tested; what is secret goes in, and never out."""

import json
from pathlib import Path
from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts import channel_config
from duplistat.services.configuration import secrets
from duplistat.store import channels, notices, rules
from tests.apis.native.program import Program, noted
from tests.support.alerting import Alerting
from tests.support.databases import statements_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

URL = "https://hooks.example.org/T0KEN-in-the-path"
SECRET = "whsec_" + "QUJD" * 8  # of this test alone
TOKEN = "tk_of_the_test"  # of this test alone
WEBHOOK = {"name": "hook", "kind": "webhook", "url": URL, "secret": SECRET, "headers": {"X-Team": "h1dden"}}


def stored(site: Site, id: int) -> dict[str, Any]:
    row = channels.get(site.db, id)
    assert row is not None
    return channel_config.opened(site.config, row)


def kept(channel: dict[str, Any]) -> set[str]:
    """Which secrets a channel has."""
    return {name for name in ("url", "secret", "token", "template", "headers") if channel[name]["set"]}


def test_a_webhook_is_created_and_nothing_of_its_secrets_is_ever_told(program: Program, site: Site) -> None:
    made = program.post("channels", WEBHOOK | {"zone": "Europe/Berlin", "language": "de"}, again="k")
    assert (made["kind"], made["shown"], made["state"]) == ("webhook", "hooks.example.org", "on")
    assert (made["zone"], made["language"]) == ("Europe/Berlin", "de")
    assert kept(made) == {"url", "secret", "headers"}
    assert stored(site, made["id"])["url"] == URL
    changed = program.send("PATCH", f"channels/{made['id']}", {"url": f"{URL}2"}).text
    told = [changed, json.dumps(made), program.send("GET", "channels").text, repr(noted(site))]
    told += [repr(row) for row in site.db.rows("SELECT * FROM idempotency")]
    told += [repr(row) for row in site.db.rows("SELECT * FROM audit")]
    for secret in ("T0KEN", "QUJD", "h1dden"):
        assert not any(secret in text for text in told), secret


def test_a_change_leaves_what_it_does_not_name(program: Program, site: Site) -> None:
    id = program.post("channels", WEBHOOK)["id"]
    changed = program.send("PATCH", f"channels/{id}", {"url": f"{URL}-2", "name": "other"}).get_json()
    assert changed["name"] == "other"
    assert stored(site, id) == {
        "url": f"{URL}-2",
        "secret": SECRET,
        "template": "",
        "headers": {"X-Team": "h1dden"},
    }
    program.send("PATCH", f"channels/{id}", {"self_test": True, "templates": {"subject": "{{ job }}"}})
    after = program.send("GET", f"channels/{id}").get_json()
    assert (after["self_test"], after["templates"], after["name"]) == (
        True,
        {"subject": "{{ job }}"},
        "other",
    )
    assert stored(site, id)["url"] == f"{URL}-2"


def test_addresses_of_mail_wait_until_their_owners_confirm_them(program: Program, site: Site) -> None:
    made = program.post(
        "channels", {"name": "mail", "kind": "mail", "to": ["Ops@Example.org"], "admins": True}
    )
    assert made["recipients"] == [{"id": 1, "address": "ops@example.org", "state": "unconfirmed"}]
    assert (made["admins"], kept(made)) == (True, set())
    channels.set_recipient(site.db, 1, {"verified_at": 1})
    assert program.send("GET", f"channels/{made['id']}").get_json()["recipients"][0]["state"] == "active"
    channels.set_recipient(site.db, 1, {"refused_at": 1})
    assert program.send("GET", f"channels/{made['id']}").get_json()["recipients"][0]["state"] == "refused"
    channels.set_recipient(site.db, 1, {"unsubscribed_at": 1})
    assert (
        program.send("GET", f"channels/{made['id']}").get_json()["recipients"][0]["state"] == "unsubscribed"
    )


def test_the_token_of_ntfy_is_set_and_removed(program: Program) -> None:
    ntfy = {"name": "phone", "kind": "ntfy", "url": "https://ntfy.example.org/topic", "token": TOKEN}
    made = program.post("channels", ntfy)
    assert kept(made) == {"url", "token"}
    without = program.send("PATCH", f"channels/{made['id']}", {"token": ""}).get_json()
    assert kept(without) == {"url"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "c", "kind": "webhook", "url": "ftp://example.org", "secret": SECRET}, "url"),
        ({"name": "c", "kind": "webhook", "url": URL}, "secret"),
        ({"name": "c", "kind": "webhook", "url": URL, "secret": "short"}, "secret"),
        ({"name": "c", "kind": "mail", "to": ["nobody"]}, "to"),
        ({"name": "c", "kind": "mail"}, "to"),
        ({"name": "c", "kind": "mail", "to": ["a@example.org"], "token": "t"}, "token"),
        ({"name": "c", "kind": "mail", "to": ["a@example.org"], "zone": "Nowhere"}, "zone"),
        ({"name": "c", "kind": "mail", "to": ["a@example.org"], "language": "xx"}, "language"),
        ({"name": "c", "kind": "mail", "to": ["a@example.org"], "templates": {"odd": "x"}}, "templates"),
        ({"name": "c", "kind": "pigeon"}, "kind"),
        ({"name": "", "kind": "mail", "to": ["a@example.org"]}, "name"),
    ],
)
def test_what_is_wrong_with_a_channel_is_told_by_its_field(
    program: Program, body: dict[str, Any], field: str
) -> None:
    assert program.refused("channels", body).keys() == {field}
    assert program.send("GET", "channels").get_json()["channels"] == []


def test_a_test_goes_through_the_outbox(program: Program, site: Site) -> None:
    id = program.post("channels", WEBHOOK)["id"]
    test = program.post(f"channels/{id}/test")
    assert (test["kind"], test["state"], test["channel"]) == ("test", "waiting", {"id": id, "name": "hook"})
    assert notices.get(site.db, test["id"]) is not None


def test_a_channel_is_turned_off_and_on_and_deleted(program: Program, site: Site) -> None:
    id = program.post("channels", WEBHOOK)["id"]
    rule = program.post("rules", {"name": "r", "steps": [{"minutes": 0, "channels": [id]}]})["id"]
    alerting = Alerting(site)
    alerting.run("Error")
    alerting.tick(deliver=False)
    assert program.post(f"channels/{id}/off")["state"] == "off"
    (dropped,) = program.send("GET", "notices").get_json()["notices"]
    assert dropped["state_why"] == "channel_off"
    assert program.post(f"channels/{id}/on")["state"] == "on"
    assert program.send("DELETE", f"channels/{id}").status_code == 204
    assert program.send("GET", f"channels/{id}").status_code == 404
    row = rules.get(site.db, rule)
    assert row is not None
    assert program.send("GET", f"rules/{rule}").get_json()["steps"] == []
    changed = program.send("PATCH", f"rules/{rule}", {"after_fails": 2})
    assert changed.get_json()["details"][0]["field"] == "steps"


def test_a_key_that_does_not_fit_is_told_and_nothing_fails(program: Program, site: Site) -> None:
    id = program.post("channels", WEBHOOK)["id"]
    channels.update(site.db, id, {"config": "gAAAAAB-not-of-this-key"})
    (shown,) = program.send("GET", "channels").get_json()["channels"]
    assert (shown["url"], shown["shown"]) == ({"set": None}, "hooks.example.org")


CHANGING = (
    ("POST", "channels"),
    ("PATCH", "channels/1"),
    ("DELETE", "channels/1"),
    ("POST", "channels/1/on"),
    ("POST", "channels/1/off"),
    ("POST", "channels/1/test"),
)


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_who_only_reads_or_is_a_stranger_changes_no_channel(
    program: Program, site: Site, method: str, path: str
) -> None:
    id = program.post("channels", WEBHOOK)["id"]
    reader = Program(site, Scope.READ, name="reader")
    assert reader.send(method, path, b"nonsense").status_code == 403
    assert reader.send("GET", f"channels/{id}").status_code == 200
    site.account("stranger")
    stranger = Program(site, account="stranger")
    if "/1" in path:
        theirs = stranger.send(method, path.replace("/1", f"/{id}"), {})
        missing = stranger.send(method, path.replace("/1", "/999"), {})
        assert (theirs.status_code, theirs.data) == (404, missing.data)
    row = channels.get(site.db, id)
    assert row is not None
    assert row.state == "on"


def test_a_list_of_channels_costs_the_same_however_long_it_is(program: Program, site: Site) -> None:
    costs = set()
    for count in (1, 5):
        for number in range(count):
            to = [f"a{number}@example.org"]
            program.post("channels", {"name": f"mail {count} {number}", "kind": "mail", "to": to})
        with statements_of(site.db) as ran:
            found = program.send("GET", "channels?limit=100").get_json()["channels"]
        costs.add(len(ran))
    assert len(found) == 6
    assert costs == {5}


def test_the_key_of_secrets_is_read_once_for_a_list_of_channels(
    program: Program, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        program.post("channels", WEBHOOK | {"name": f"hook {number}"})
    read: list[Path] = []
    one = secrets.read_key

    def counted(path: Path) -> str:
        read.append(path)
        return one(path)

    monkeypatch.setattr(secrets, "read_key", counted)
    listed = program.send("GET", "channels").get_json()["channels"]
    assert [kept(channel) >= {"url", "secret"} for channel in listed if channel["kind"] == "webhook"] == [
        True,
        True,
        True,
    ]
    assert read == [secrets.key_file(site.config)]
