"""Channels of an import: turned off, once, with the rules of their jobs, and with secrets that are stored encrypted."""

import json
from pathlib import Path

import pytest

from duplistat.services.alerts import channel_config, recipients
from duplistat.services.alerts.channels import delete_channel, set_channel, switch_channel
from duplistat.services.alerts.routing import route
from duplistat.services.audit import Actor
from duplistat.services.imports import channels as imported_channels
from duplistat.store import channels, rules
from tests.services.imports.conftest import Imported
from tests.support.clock import Clock
from tests.support.foreign import made
from tests.support.site import Site

TOPIC = """INSERT INTO api_channel VALUES(2,'00000000000000000000000000000002','2026-11-28 15:31:36.087199','ntfy',
 '{"topic":"backups","url":"https://ntfy.sh","priority":3,"token":"tk_secret"}',0,'Phone',1,'',NULL,NULL,0)"""
TOLD = "INSERT INTO api_channel_checks (channel_id, check_id) VALUES "


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-11-29T12:00:00Z")


def source(folder: Path, *statements: str) -> Path:
    return made(folder, "healthchecks_4.4", TOPIC, TOLD + "(1, 1), (1, 2), (2, 2)", *statements)


def sent(site: Site) -> int:
    return len(site.db.rows("SELECT id FROM notice"))


def test_channels_come_turned_off_and_nobody_hears_of_it(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    before = len(channels.of_accounts(site.db, (1,)))
    trial = imported("healthchecks", source(tmp_path), dry_run=True)
    assert (trial.channels, trial.rules, len(channels.of_accounts(site.db, (1,)))) == (2, 2, before)
    result = imported("healthchecks", source(tmp_path))
    assert (result.channels, result.rules) == (2, 2)
    mail, phone = (channels.by_name(site.db, 1, name) for name in ("Ops", "Phone"))
    assert mail is not None
    assert phone is not None
    assert (mail.kind, mail.state, mail.shown) == ("mail", "off", "1 address")
    assert (phone.kind, phone.state, phone.shown) == ("ntfy", "off", "ntfy.sh")
    assert "tk_secret" not in phone.config
    assert channel_config.opened(site.config, phone)["token"] == "tk_secret"
    site.sweep()
    site.writes.run(route, now=site.now())
    assert sent(site) == 0


def test_a_rule_names_the_jobs_that_a_channel_was_told_of(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    imported("healthchecks", source(tmp_path))
    phone = channels.by_name(site.db, 1, "Phone")
    row = rules.by_name(site.db, 1, "Phone")
    assert phone is not None
    assert row is not None
    spec = json.loads(row.spec)
    ids = [id for (id,) in site.db.rows("SELECT id FROM job ORDER BY id")]
    assert spec["match"] == {"kinds": ["failed", "overdue", "stuck"], "jobs": [ids[1]]}
    assert spec["steps"] == [{"minutes": 0, "channels": [phone.id]}]


def test_a_channel_that_was_told_of_all_jobs_is_told_of_their_server(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    imported("healthchecks", source(tmp_path, TOLD + "(2, 1)" + "".join(f", (2, {n})" for n in range(3, 12))))
    row = rules.by_name(site.db, 1, "Phone")
    assert row is not None
    server = site.db.row("SELECT id FROM server")
    assert server is not None
    assert json.loads(row.spec)["match"] == {"kinds": ["failed", "overdue", "stuck"], "servers": [server[0]]}


def test_twice_is_once_and_what_was_changed_here_stays(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    imported("healthchecks", source(tmp_path))
    phone = channels.by_name(site.db, 1, "Phone")
    row = rules.by_name(site.db, 1, "Phone")
    assert phone is not None
    assert row is not None
    site.writes.run(set_channel, channel=phone.id, settings={"name": "Handy"}, **site.signature())
    site.writes.run(switch_channel, channel=phone.id, on=True, **site.signature())
    with site.db.transaction():
        rules.delete(site.db, row.id)
    for dry_run in (True, False):
        again = imported("healthchecks", source(tmp_path), dry_run=dry_run)
        assert (again.channels, again.rules) == (0, 0)
    assert channels.by_name(site.db, 1, "Phone") is None
    handy = channels.by_name(site.db, 1, "Handy")
    assert handy is not None
    assert handy.state == "on"
    site.writes.run(delete_channel, channel=handy.id, **site.signature())
    assert imported("healthchecks", source(tmp_path)).channels == 1


def test_names_that_are_taken_get_a_number(imported: Imported, site: Site, tmp_path: Path) -> None:
    imported("healthchecks", source(tmp_path, "UPDATE api_channel SET name = 'Administrators'"))
    names = {channel.name for channel in channels.of_accounts(site.db, (1,))}
    assert names == {"Administrators", "Administrators 2"}


def test_an_address_is_asked_when_the_channel_is_turned_on(site: Site) -> None:
    person: Actor = {**site.signature()["by"], "who": "admin@example.org", "user": 12345}
    prepared = channel_config.prepared(site.config, "mail", {"to": ["ops@example.org"]})
    new: imported_channels.NewChannel = {
        "source": "healthchecks:1",
        "name": "Ops",
        "kind": "mail",
        "config": prepared.config,
        "shown": prepared.shown,
        "rules": [],
    }
    (found,) = site.writes.run(
        imported_channels.import_channels, account=1, chosen=[new], by=person, now=site.now()
    )
    assert found["new"]
    channel = channels.by_name(site.db, 1, "Ops")
    assert channel is not None
    (recipient,) = channels.recipients(site.db, channel.id)
    assert (recipient.verified_at, recipient.asked_at, sent(site)) == (None, None, 0)
    site.writes.run(switch_channel, channel=channel.id, on=True, **site.signature())
    ((facts,),) = site.db.rows("SELECT facts FROM notice WHERE channel_id = ?", (channel.id,))
    assert json.loads(facts)["details"][recipients.ASKS] == recipient.id
    site.writes.run(switch_channel, channel=channel.id, on=True, **site.signature())
    assert sent(site) == 1


def test_what_cannot_be_a_channel_is_said_with_its_reason(
    imported: Imported, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "UPDATE api_channel SET kind = 'apprise', value = 'syslog://' WHERE id = 2"
    result = imported("healthchecks", source(tmp_path, wrong))
    assert result.channels == 1
    assert result.left_out[imported_channels.NOT_A_CHANNEL][0] == 1
    monkeypatch.setattr(imported_channels, "MOST_CHANNELS", 1)
    other = "UPDATE api_channel SET code = '00000000000000000000000000000009' WHERE id = 2"
    for dry_run in (True, False):
        full = imported("healthchecks", source(tmp_path, other), dry_run=dry_run)
        assert full.left_out[imported_channels.TOO_MANY] == [1, ["Phone"]]
        assert (full.channels, full.rules) == (0, 0)


@pytest.mark.parametrize("dry_run", [True, False])
def test_channels_and_rules_of_one_import_fill_the_room_together(
    imported: Imported, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setattr(imported_channels, "MOST_RULES", len(rules.of_accounts(site.db, (1,))) + 1)
    result = imported("healthchecks", source(tmp_path), dry_run=dry_run)
    assert (result.channels, result.rules) == (1, 1)
    assert result.left_out[imported_channels.TOO_MANY] == [1, ["Phone"]]


def test_a_rule_for_too_many_jobs_is_left_out(
    imported: Imported, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported_channels, "MOST_ITEMS", 1)
    result = imported("healthchecks", source(tmp_path))
    assert (result.channels, result.rules) == (2, 1)
    assert result.left_out[imported_channels.WIDE_RULE] == [1, ["Ops"]]
