"""Channels as people set them, and the addresses of those that send mail."""

import json
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.alerts import channel_config, recipients
from duplistat.services.alerts.channel_config import opened, prepared, rotated
from duplistat.services.alerts.channels import (
    add_channel,
    confirm_channel,
    delete_channel,
    rotate_channel_secret,
    set_channel,
    switch_channel,
    test_channel,
)
from duplistat.services.alerts.defaults import default_alerts
from duplistat.services.audit import By
from duplistat.services.configuration import secret_rotation
from duplistat.store import audit, channels, problems, rules
from duplistat.store.channels import Channel
from tests.support.outgoing import MAIN, Outgoing
from tests.support.signing import person
from tests.support.site import Site

test_channel.__test__ = False  # type: ignore[attr-defined]  # a command
URL = "https://hooks.example.org/services/T00SECRET/B11SECRET"


@pytest.fixture
def outgoing(site: Site) -> Outgoing:
    return Outgoing(site)


def add(outgoing: Outgoing, kind: str = "webhook", *, by: By | None = None, **given: Any) -> Channel:
    site = outgoing.site
    name = given.pop("name", "ops")
    ready = prepared(site.config, kind, given or {"url": URL})
    made = site.writes.run(
        add_channel,
        account=MAIN,
        kind=kind,
        config=ready.config,
        shown=ready.shown,
        settings={"name": name},
        **(site.signature(by) if by else site.signature()),
    )
    return outgoing.get_channel(made)


def somebody(outgoing: Outgoing) -> By:
    """An administrator of main who is signed in."""
    from duplistat.services.people.identity import Role

    id = person(outgoing.db, MAIN, Role.ADMIN, outgoing.now(), "ada@example.org")
    return By(id, "ada@example.org", "192.0.2.7")


def actions(outgoing: Outgoing) -> list[str]:
    entries = audit.everything(outgoing.db, outgoing.site.everyone, audit.Filter())
    return [entry.action for entry in entries][::-1]


def test_what_a_channel_sends_to_is_kept_encrypted_and_never_shown(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    stored = json.dumps([list(row) for row in outgoing.db.rows("SELECT * FROM channel")])
    noted = json.dumps([list(row) for row in outgoing.db.rows("SELECT before, after FROM audit")])
    for secret in ("T00SECRET", "B11SECRET", "whsec_"):
        assert secret not in stored
        assert secret not in noted
    assert channel.shown == "hooks.example.org"
    plain = opened(outgoing.site.config, channel)
    assert plain["url"] == URL
    assert plain["secret"].startswith("whsec_")


def test_a_webhook_gets_a_secret_of_ours_which_is_told_once(outgoing: Outgoing) -> None:
    made = prepared(outgoing.site.config, "webhook", {"url": URL})
    assert made.secret.startswith("whsec_")
    again = prepared(outgoing.site.config, "webhook", {"url": URL, "secret": made.secret})
    assert again.secret == ""


def test_what_is_not_given_again_stays(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    config = outgoing.site.config
    before = opened(config, channel)
    ready = prepared(config, "webhook", {"url": "https://other.example.org/x"}, before)
    outgoing.site.writes.run(
        set_channel,
        channel=channel.id,
        settings={},
        config=ready.config,
        shown=ready.shown,
        **outgoing.site.signature(),
    )
    after = opened(config, outgoing.get_channel(channel.id))
    assert (after["url"], after["secret"]) == ("https://other.example.org/x", before["secret"])
    assert outgoing.get_channel(channel.id).shown == "other.example.org"


def test_the_old_secret_of_a_webhook_signs_for_another_day(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    config, before = outgoing.site.config, opened(outgoing.site.config, channel)
    ready = rotated(config, before, outgoing.now())
    outgoing.site.writes.run(
        rotate_channel_secret, channel=channel.id, config=ready.config, **outgoing.site.signature()
    )
    after = opened(config, outgoing.get_channel(channel.id))
    assert after["secret"] == ready.secret != before["secret"]
    assert (after["old_secret"], after["old_until"]) == (before["secret"], outgoing.now() + 86_400_000)


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("carrier pigeon", {}, "kind"),
        ("webhook", {"url": "ftp://example.org"}, "url"),
        ("webhook", {"url": "https://s3cret with blanks"}, "url"),
        ("webhook", {"url": URL, "template": "{no json"}, "template"),
        ("webhook", {"url": URL, "headers": {"Host": "x"}}, "headers"),
        ("webhook", {"url": URL, "secret": "s3cret"}, "secret"),
        ("webhook", {"url": URL, "to": ["a@example.org"]}, "to"),
        ("ntfy", {"url": "https://ntfy.sh"}, "url"),
        ("ntfy", {"url": "https://ntfy.sh/a/b"}, "url"),
        ("ntfy", {"url": "https://ntfy.sh/topic", "token": "with blank"}, "token"),
        ("apprise", {"url": "syslog://"}, "url"),
        ("apprise", {"url": "slack://a/b/c?template=/etc/passwd"}, "url"),
        ("mail", {}, "to"),
        ("mail", {"to": ["nobody"]}, "to"),
        ("mail", {"to": [f"a{number}@example.org" for number in range(21)]}, "to"),
    ],
)
def test_what_cannot_be_sent_to_is_refused_at_its_field(
    outgoing: Outgoing, kind: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(DuplistatError) as refused:
        prepared(outgoing.site.config, kind, given)
    assert refused.value.field == field
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "other"}, "name"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"language": "tlh"}, "language"),
        ({"templates": {"subject": "{{ nothing.of.this"}}, "templates.subject"),
        ({"templates": {"smell": "x"}}, "templates"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    outgoing: Outgoing, settings: dict[str, Any], field: str
) -> None:
    channel = add(outgoing)
    add(outgoing, name="other")
    with pytest.raises(DuplistatError) as refused:
        outgoing.site.writes.run(
            set_channel,
            channel=channel.id,
            settings=settings,  # type: ignore[arg-type]  # wrong on purpose
            **outgoing.site.signature(),
        )
    assert refused.value.field == field


def test_an_account_has_a_hundred_channels_at_most(outgoing: Outgoing) -> None:
    for number in range(100):
        outgoing.channel(f"channel-{number}")
    with pytest.raises(DuplistatError, match="at most 100"):
        add(outgoing)


def test_an_edit_of_where_it_sends_to_heals_a_broken_channel(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    outgoing.notice(channel.id, outgoing.problem())
    outgoing.send("channel", answer="no such hook")
    ready = prepared(outgoing.site.config, "webhook", {"url": URL})
    outgoing.site.writes.run(
        set_channel,
        channel=channel.id,
        settings={"name": "mended"},
        config=ready.config,
        shown=ready.shown,
        **outgoing.site.signature(),
    )
    after = outgoing.get_channel(channel.id)
    assert (after.name, after.state, after.state_why) == ("mended", "on", "")
    assert outgoing.send() == "sent"


def test_a_channel_that_is_turned_off_drops_what_waits(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    notice = outgoing.notice(channel.id)
    outgoing.site.writes.run(switch_channel, channel=channel.id, on=False, **outgoing.site.signature())
    assert outgoing.state(notice) == ("dropped", "channel_off")
    assert outgoing.get_channel(channel.id).state == "off"
    outgoing.site.writes.run(switch_channel, channel=channel.id, on=True, **outgoing.site.signature())
    assert outgoing.get_channel(channel.id).state == "on"
    assert actions(outgoing) == ["channel.add", "channel.off", "channel.on"]


def test_a_broken_channel_can_be_turned_off(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    channels.update(outgoing.db, channel.id, {"state": channels.BROKEN})
    outgoing.site.writes.run(switch_channel, channel=channel.id, on=False, **outgoing.site.signature())
    assert outgoing.get_channel(channel.id).state == "off"


def test_a_deleted_channel_leaves_its_rules_and_drops_what_waits(outgoing: Outgoing) -> None:
    gone, other = add(outgoing), add(outgoing, name="other")
    outgoing.rule("both", gone.id, other.id)
    with outgoing.db.transaction():
        outgoing.db.execute(
            "INSERT INTO digest (account_id, name, period, hour, channels, next_at, created_at)"
            " VALUES (?, 'daily', 'day', 7, ?, 0, 0)",
            (MAIN, json.dumps([gone.id, other.id])),
        )
    waits, sending = outgoing.notice(gone.id), outgoing.notice(gone.id)
    (claimed,) = outgoing.claim()
    outgoing.site.writes.run(delete_channel, channel=gone.id, **outgoing.site.signature())
    for notice in (waits, sending):
        assert outgoing.state(notice) == ("dropped", "channel_deleted")
    assert outgoing.finish(claimed, "sent") == "lost"
    (rule,) = rules.of_accounts(outgoing.db, (MAIN,))
    assert json.loads(rule.spec)["steps"] == [{"minutes": 0, "channels": [other.id]}]
    assert outgoing.db.row("SELECT channels FROM digest") == (json.dumps([other.id]),)


def test_a_test_carries_a_code_that_a_person_types(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    notice = outgoing.site.writes.run(test_channel, channel=channel.id, **outgoing.site.signature())
    code = json.loads(outgoing.get(notice).facts)["details"]["code"]
    assert len(code) == 4
    wrong = f"{(int(code) + 1) % 10_000:04d}"
    with pytest.raises(DuplistatError, match="not the code"):
        outgoing.site.writes.run(confirm_channel, channel=channel.id, code=wrong, **outgoing.site.signature())
    outgoing.site.writes.run(
        confirm_channel, channel=channel.id, code=f" {code} ", **outgoing.site.signature()
    )
    assert outgoing.get_channel(channel.id).verified_at == outgoing.now()


def test_the_own_address_and_those_of_administrators_need_no_confirmation(outgoing: Outgoing) -> None:
    ada = somebody(outgoing)
    channel = add(outgoing, "mail", by=ada, to=["ada@example.org", "boss@example.com"])
    states = {one.address: one.verified_at for one in channels.recipients(outgoing.db, channel.id)}
    assert states == {"ada@example.org": outgoing.now(), "boss@example.com": None}
    assert [one["address"] for one in recipients.active(outgoing.db, channel)] == ["ada@example.org"]
    (asking,) = outgoing.waiting(channel.id)
    assert asking.kind == "system"


def test_an_address_gets_alerts_once_its_owner_confirmed_it(outgoing: Outgoing) -> None:
    channel = add(outgoing, "mail", by=somebody(outgoing), to=["boss@example.com"])
    (boss,) = channels.recipients(outgoing.db, channel.id)
    outgoing.site.writes.run(recipients.verify_recipient, recipient=boss.id, **outgoing.site.signature())
    active = recipients.active(outgoing.db, channel)
    assert active == [{"address": "boss@example.com", "recipient": boss.id}]


def test_a_channel_without_a_confirmed_address_is_healed_by_the_first(outgoing: Outgoing) -> None:
    channel = add(outgoing, "mail", by=somebody(outgoing), to=["boss@example.com"])
    with outgoing.db.transaction():
        channels.update(outgoing.db, channel.id, {"state": "broken", "state_why": recipients.NO_ADDRESS})
    (boss,) = channels.recipients(outgoing.db, channel.id)
    outgoing.site.writes.run(recipients.verify_recipient, recipient=boss.id, **outgoing.site.signature())
    assert outgoing.get_channel(channel.id).state == "on"


def test_an_address_is_not_asked_again_and_again(outgoing: Outgoing) -> None:
    channel = add(outgoing, "mail", by=somebody(outgoing), to=["boss@example.com"])
    (boss,) = channels.recipients(outgoing.db, channel.id)
    with pytest.raises(DuplistatError, match="a moment ago"):
        outgoing.site.writes.run(recipients.ask_again, recipient=boss.id, **outgoing.site.signature())
    outgoing.now.forward(minutes=10)
    outgoing.site.writes.run(recipients.ask_again, recipient=boss.id, **outgoing.site.signature())
    assert len(outgoing.waiting(channel.id)) == 2


def test_whoever_unsubscribes_gets_nothing_more_and_the_administrators_hear_of_it(
    outgoing: Outgoing,
) -> None:
    channel = add(outgoing, "mail", to=["boss@example.com"])
    (boss,) = channels.recipients(outgoing.db, channel.id)
    outgoing.site.writes.run(recipients.unsubscribe, recipient=boss.id, **outgoing.site.signature())
    assert recipients.active(outgoing.db, channel) == []
    (told,) = outgoing.waiting()
    assert (told.channel_id, told.kind) == (None, "system")
    assert "boss@example.com" in json.loads(told.facts)["details"]["text"]
    outgoing.site.writes.run(recipients.resubscribe, recipient=boss.id, **outgoing.site.signature())
    assert len(recipients.active(outgoing.db, channel)) == 1
    assert actions(outgoing) == ["channel.add", "channel.unsubscribe", "channel.resubscribe"]


def test_administrators_are_those_of_the_moment(outgoing: Outgoing) -> None:
    channel = add(outgoing, "mail", admins=True)
    assert recipients.active(outgoing.db, channel) == []
    somebody(outgoing)
    assert recipients.active(outgoing.db, channel) == [{"address": "ada@example.org", "recipient": 0}]
    numbers = outgoing.site.writes.run(
        recipients.number_recipients,
        channel=channel.id,
        addresses=["ada@example.org"],
        now=outgoing.now(),
    )
    outgoing.site.writes.run(
        recipients.unsubscribe, recipient=numbers["ada@example.org"], **outgoing.site.signature()
    )
    assert recipients.active(outgoing.db, channel) == []
    outgoing.db.execute("DELETE FROM account_user")
    outgoing.site.writes.run(
        recipients.resubscribe, recipient=numbers["ada@example.org"], **outgoing.site.signature()
    )
    assert recipients.active(outgoing.db, channel) == []


def test_an_account_without_administrators_has_those_above_it(outgoing: Outgoing) -> None:
    from duplistat.store import users

    child = outgoing.site.account("acme", parent="main")
    somebody(outgoing)
    assert users.admin_emails(outgoing.db, child) == ["ada@example.org"]


def test_an_edit_gives_refused_addresses_another_chance_and_drops_those_left_out(
    outgoing: Outgoing,
) -> None:
    channel = add(outgoing, "mail", to=["a@example.org", "b@example.org"])
    a, _ = channels.recipients(outgoing.db, channel.id)
    with outgoing.db.transaction():
        channels.set_recipient(outgoing.db, a.id, {"refused_at": 1, "refused_why": "550"})
    ready = prepared(outgoing.site.config, "mail", {"to": ["a@example.org"]})
    outgoing.site.writes.run(
        set_channel,
        channel=channel.id,
        settings={},
        config=ready.config,
        shown=ready.shown,
        **outgoing.site.signature(),
    )
    (left,) = channels.recipients(outgoing.db, channel.id)
    assert (left.address, left.active) == ("a@example.org", True)


def test_another_key_reads_what_channels_send_to(outgoing: Outgoing) -> None:
    channel = add(outgoing)
    config = outgoing.site.config
    assert secret_rotation.unreadable_channels(config, outgoing.db) == (1, [])
    before = channel.config
    assert secret_rotation.rotate(config, outgoing.db, settle=0) == 1
    after = outgoing.get_channel(channel.id)
    assert after.config != before
    assert opened(config, after)["url"] == URL


def test_a_fresh_database_tells_its_administrators_of_what_failed(outgoing: Outgoing) -> None:
    with outgoing.db.transaction():
        default_alerts(outgoing.db, MAIN, outgoing.now())
    (channel,) = channels.all_channels(outgoing.db)
    assert (channel.name, channel.kind, channel_config.mails_admins(channel)) == (
        "Administrators",
        "mail",
        True,
    )
    (rule,) = rules.of_accounts(outgoing.db, (MAIN,))
    spec = json.loads(rule.spec)
    assert spec["match"]["kinds"] == ["failed", "overdue", "stuck"]
    assert spec["steps"] == [{"minutes": 0, "channels": [channel.id]}]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@example.org:8443/s3cret?token=x", "example.org:8443"),
        ("slack://T1/B2/s3cret", "slack://…"),
        ("discord://123/s3cret", "discord://…"),
        ("tgram://123:s3cret/456", "tgram://…"),
        ("gotify://gotify.example.org/s3cret", "gotify://gotify.example.org"),
    ],
)
def test_only_a_host_is_shown_and_no_token_in_its_place(url: str, shown: str) -> None:
    assert channel_config.host_of(url) == shown


def test_the_problem_of_a_channel_that_is_turned_off_ends(outgoing: Outgoing) -> None:
    from duplistat.services.alerts.broken import check_channels

    channel = outgoing.channel(state="broken")
    outgoing.site.writes.run(check_channels, mail=False, now=outgoing.now())
    subject = problems.of_channel(channel)
    assert problems.open_of(outgoing.db, subject, "channel") is not None
    outgoing.site.writes.run(switch_channel, channel=channel, on=False, **outgoing.site.signature())
    assert problems.open_of(outgoing.db, subject, "channel") is None
