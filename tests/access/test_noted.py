"""Every change that a person makes is noted, whichever way it comes: a page, /api.php or a command."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from duplistat.apis.backuprun.api import CALLS
from duplistat.cli import main
from duplistat.core.errors import DuplistatError
from duplistat.now import wall_clock
from duplistat.services import writes
from duplistat.services.access import oauth_clients, once
from duplistat.services.access.api_keys import create_key, import_key, revoke_key, rotate_key, touch_key
from duplistat.services.access.oauth_clients import create_client, issue_token, revoke_client, revoke_token
from duplistat.services.access.rate_limits import take_token
from duplistat.services.accounts.changes import (
    DeletedAccount,
    create_account,
    delete_account,
    delete_account_rows,
    delete_accounts,
    freeze_account,
    move_account,
    note_account_export,
    set_account,
)
from duplistat.services.agents import registry, report_urls, task_queue
from duplistat.services.agents.jobs import drop_agent_schedules, note_agent_job, note_agent_log
from duplistat.services.agents.registry import NewService
from duplistat.services.alerts import (
    broken,
    by_hand,
    channel_problem,
    device_events,
    digests,
    outbox,
    recipients,
    routing,
    self_test,
    telling,
)
from duplistat.services.alerts import channels as channel_commands
from duplistat.services.alerts.acknowledge import acknowledge, acknowledge_all
from duplistat.services.alerts.rules import add_rule, delete_rule, set_rule
from duplistat.services.alerts.silences import add_silence, end_silence
from duplistat.services.audit import By
from duplistat.services.background import (
    end_background_task,
    hold_background_task,
    release_background_task,
    take_background_task,
)
from duplistat.services.configuration.overrides import set_overrides
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.jobs.settings import note_job_export, set_job
from duplistat.services.maintenance.database_copies import request_backup_or_check
from duplistat.services.maintenance.retention import prune_table
from duplistat.services.maintenance.scheduled_backups import request_scheduled_backup
from duplistat.services.monitoring.learning import save_learned
from duplistat.services.monitoring.sweep import release_lease, sweep, tick
from duplistat.services.people import sessions
from duplistat.services.people.account_choice import choose_account
from duplistat.services.people.administration import create_person, remove_person, set_person
from duplistat.services.people.first_admin import create_first_admin
from duplistat.services.people.preferences import set_preferences
from duplistat.services.people.sessions import (
    NewSession,
    Visitor,
    decide_sign_in,
    digest,
    end_other_sessions,
    end_session,
    touch_session,
    use_recovery,
)
from duplistat.services.people.unlock import create_recovery_code, unlock_user
from duplistat.services.people.users import (
    add_recoveries,
    add_recovery,
    change_user,
    register,
    remove_contact,
)
from duplistat.services.reports.alternating_names import keep_servers_apart
from duplistat.services.reports.events import record_event
from duplistat.services.reports.inbox import dismiss_unread, note_replay, replay_unread
from duplistat.services.reports.live import live
from duplistat.services.reports.record import record
from duplistat.services.reports.replay import replay, replay_event
from duplistat.services.reports.unread import keep_unread, prune_unread
from duplistat.services.servers.deletion import delete_server, delete_server_rows
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.renamed_jobs import join_jobs, keep_jobs_apart, unjoin_jobs
from duplistat.services.servers.settings import note_server_export, set_server
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.services.writes import WriteCommand, name_of
from duplistat.store import audit, channels, failed_sign_ins, password_resets
from duplistat.store import digests as digest_rows
from duplistat.store.audit import Entry
from duplistat.web.settings.audit_words import ACTIONS, SUBJECTS
from tests.cli.conftest import Run
from tests.support.alerting import Alerting
from tests.support.bodies import duplicati
from tests.support.known import id_of, the_account
from tests.support.outgoing import Outgoing
from tests.support.people import PASSWORD, People
from tests.support.signing import session
from tests.support.site import Site

SOURCES = Path(__file__).parents[2] / "duplistat"
ADA = By(7, "ada@example.org", "192.0.2.7")
# What must never be noted, however it is changed.
SECRET = "s3cret-of-the-test"
SERVICE: NewService = {
    "kind": "VDS",
    "name": "nas",
    "host": "nas",
    "port": 8200,
    "location": 527,
    "agent_secret": SECRET,
}

Command = Callable[..., Any]
# Commands that programs, the clock and the background run, or that change nothing that anybody would ask about.
OF_MACHINES: set[Command] = {
    *(
        record,
        live,
        keep_unread,
        record_event,
        sweep,
        save_learned,
        tick,
        release_lease,
        touch_key,
        take_token,
    ),
    *(
        issue_token,
        revoke_token,
        touch_session,
        task_queue.take_tasks,
        task_queue.release_tasks,
        task_queue.save_task_state,
        task_queue.end_task,
        task_queue.enqueue_collects,
        task_queue.note_agent_state,
    ),
    *(
        note_agent_job,
        note_agent_log,
        drop_agent_schedules,
        replay,
        replay_event,
        prune_table,
        prune_unread,
        delete_account_rows,
    ),
    *(
        request_scheduled_backup,
        take_background_task,
        hold_background_task,
        release_background_task,
        end_background_task,
        delete_job_rows,
        delete_server_rows,
        merge_step,
    ),
    set_preferences,
    *(routing.route, routing.close_gone, device_events.route_events, telling.put_notices),
    self_test.test_weekly,
    *(once.carry_out_once, once.keep_answer),
    *(
        outbox.claim,
        outbox.finish,
        outbox.finish_and_claim,
        outbox.release,
        outbox.give_up,
        outbox.beat,
        broken.check_channels,
    ),
    recipients.number_recipients,
    digests.put_digest,
}


def run_command(site: Site, command: Command, arguments: dict[str, Any]) -> None:
    site.writes.submit(WriteCommand(name_of(command), arguments))


class World:
    """A site with one of everything that can be changed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        site.account("acme", parent="main")
        people = People(site)
        self.jo, self.kim = people.user("jo@example.org"), people.user("kim@example.org")
        for number, name in enumerate(("nas", "other")):
            site.record(duplicati(f"2026-01-28T0{number}:00:00Z", server=name, machine=f"m-{name}"))
        site.post(b"\xff not to be read")
        self.servers = [server.id for server in site.servers()]
        self.job, self.job2 = (job.id for job in site.jobs())
        self.delivery = max(delivery.id for delivery in site.deliveries())
        site.writes.run(
            create_key, account=1, name="kept", scopes=["read"], expires_at=None, **site.signature()
        )
        self.service = site.writes.run(registry.add_service, account=1, values=SERVICE, **site.signature())
        self.contact = site.writes.run(
            register,
            parent=1,
            email="c@example.org",
            name="C",
            password_hash="!",
            role="contact",
            phones={},
            **site.signature(),
        )
        self.cookie = session(site.db, 1, site.now(), email="ada@example.org")
        with site.db.transaction():
            password_resets.add(site.db, hash=digest("code"), user=self.jo, expires_at=site.now() + 1000)

    def noted(self) -> list[Entry]:
        """What was noted until now, oldest first."""
        return [*audit.everything(self.site.db, self.site.everyone, audit.Filter())][::-1]

    def do(self, command: Command, **arguments: Any) -> list[Entry]:
        """Run a command as Ada; what it noted."""
        before = len(self.noted())
        signed = {"now": self.site.now()} | ({} if command in OF_WHO_COMES_IN else {"by": ADA.plain()})
        run_command(self.site, command, signed | arguments)
        return self.noted()[before:]

    def new_session(self) -> NewSession:
        """What a sign-in from Ada's address needs."""
        return sessions.new_session("a cookie", Visitor(ADA.address), self.site.now())


def signing_in(w: World) -> dict[str, Any]:
    ((hash,),) = w.site.db.rows("SELECT password_hash FROM account_user WHERE id = ?", (w.jo,))
    right = {"users": [{"user": w.jo, "against": hash}], "hash": hash, "session": w.new_session()}
    return {"email": "jo@example.org", "address": ADA.address, "right": right, "prefer": "last"}


def choosing(w: World) -> dict[str, Any]:
    """Jo signed in, and has the same password in another account."""
    other = People(w.site).user("jo@example.org", account="acme")
    session = w.new_session()
    with w.site.db.transaction():
        sessions.open_session(w.site.db, w.jo, session, w.site.now(), fitted=[other])
    return {"user": other, "session": {**session, "before": session["hash"], "hash": "another"}}


def setting_up(w: World) -> dict[str, Any]:
    w.site.db.change("DELETE FROM account_user WHERE account_id = 1 AND role = 'admin'")
    w.site.db.execute("INSERT INTO set_up (hash, created_at) VALUES (?, 0)", (digest("code"),))
    return {
        "session": w.new_session(),
        "code": digest("code"),
        "email": "x@example.org",
        "name": "X",
        "password_hash": SECRET,
    }


def merged(w: World) -> int:
    into, gone = w.servers
    made = w.site.writes.run(merge_servers, sees=[1], into=into, gone=gone, **w.site.signature())
    for _ in range(100):
        if w.site.writes.run(merge_step, merge=made, now=w.site.now()):
            return made
    raise AssertionError("the merge does not end")


def twin(w: World) -> int:
    """Another job of the server of the first one."""
    w.site.record(duplicati("2026-01-28T05:00:00Z", server="nas", machine="m-nas", job="Twin"))
    return w.site.job("Twin").id


def joined(w: World) -> int:
    made = w.site.writes.run(join_jobs, sees=[1], into=twin(w), gone=w.job, **w.site.signature())
    for _ in range(100):
        if w.site.writes.run(merge_step, merge=made, now=w.site.now()):
            return made
    raise AssertionError("the joining does not end")


def failed_restore(w: World) -> str:
    body = duplicati(
        "2026-01-28T06:00:00Z", server="nas", machine="m-nas", operation="Restore", result="Error"
    )
    w.site.record(body)
    return "restore"


def locked_out(w: World) -> int:
    """Somebody who typed a wrong password."""
    with w.site.db.transaction():
        failed_sign_ins.add(w.site.db, (sessions.email_name("jo@example.org"),), w.site.now())
    return w.jo


def locked_out_today(w: World) -> None:
    w.site.now.at = wall_clock()
    locked_out(w)


def shared(w: World) -> int:
    """A server under whose id names alternate."""
    w.site.db.change("UPDATE server SET names_state = 'shared' WHERE id = ?", (w.servers[0],))
    return w.servers[0]


def frozen(w: World) -> str:
    w.site.writes.run(freeze_account, account=id_of(w.site.db, "acme"), frozen=True, **w.site.signature())
    return "acme"


def asked(w: World) -> list[DeletedAccount]:
    """The account, as what is to be deleted. It is frozen so that nothing is noted that goes with it."""
    w.site.db.change("UPDATE account SET frozen_at = 0 WHERE name = 'acme'")
    acme = the_account(w.site.db, "acme")
    assert acme is not None
    return [{"id": acme.id, "name": acme.name, "created_at": acme.created_at}]


def configured(w: World) -> int:
    """The account of a service whose agent can be called."""
    w.site.db.change("UPDATE service SET configured_at = 1")
    return 1


def made_client(w: World) -> str:
    return oauth_clients.create(w.site.db, account=1, name="c", scopes=[], now=w.site.now())[0]


def merged_today(w: World) -> None:
    """Commands go by the clock on the wall, and a merge is undone within days."""
    w.site.now.at = wall_clock()
    merged(w)


def joined_today(w: World) -> None:
    """Commands go by the clock on the wall, and a merge is undone within days."""
    w.site.now.at = wall_clock()
    joined(w)


def a_channel(w: World) -> int:
    return Alerting(w.site).channel()


def a_digest(w: World) -> int:
    """A digest that the log knows nothing of."""
    row = {"account_id": 1, "name": "daily", "period": "day", "hour": 7, "channels": f"[{a_channel(w)}]"}
    new = digest_rows.add(w.site.db, {**row, "next_at": 1, "created_at": 1})
    assert new is not None
    return new


def digest_off(w: World) -> None:
    """A digest that is off."""
    w.site.writes.run(
        digests.set_digest, digest=a_digest(w), changes={"enabled": False}, **w.site.signature()
    )


def alert_channel(w: World) -> int:
    return Outgoing(w.site).channel()


def channel_with_a_test(w: World) -> dict[str, Any]:
    outgoing = Outgoing(w.site)
    channel = outgoing.channel()
    facts = json.dumps({"details": {"code": "1234"}})
    outgoing.notice(channel, kind="test", facts=facts)
    return {"channel": channel, "code": "1234"}


def recipient(w: World, **changes: Any) -> int:
    """An address of a channel, which its owner has not confirmed."""
    channel = Outgoing(w.site).channel(kind="mail")
    with w.site.db.transaction():
        made = channels.add_recipient(w.site.db, channel, "boss@example.com", None)
        assert made is not None
        if changes:
            channels.set_recipient(w.site.db, made, changes)
    return made


def waiting_notice(w: World) -> int:
    outgoing = Outgoing(w.site)
    return outgoing.notice(outgoing.channel())


def alerting(w: World) -> Alerting:
    return Alerting(w.site)


def rule_to(channel: int) -> dict[str, Any]:
    return {"steps": [{"minutes": 0, "channels": [channel]}]}


def made_rule(w: World) -> int:
    rule = rule_to(alerting(w).channel())
    return w.site.writes.run(add_rule, account=1, name="made", rule=rule, **w.site.signature())


def made_silence(w: World, until: int = 1000) -> int:
    now = w.site.now()
    return w.site.writes.run(
        add_silence, account=1, match={}, from_at=now, until_at=now + until, **w.site.signature()
    )


def channel_off(w: World) -> None:
    """A channel that is off."""
    channels.update(w.site.db, alerting(w).channel(), {"state": channels.OFF})


def off(w: World) -> None:
    """A rule that is off."""
    w.site.writes.run(set_rule, rule=made_rule(w), enabled=False, **w.site.signature())


def silence_of_today(w: World) -> int:
    """Commands go by the clock on the wall."""
    w.site.now.at = wall_clock()
    return made_silence(w, 3_600_000)


def broken_channel(w: World) -> int:
    """The problem of a channel that does not deliver."""
    channel = channels.get(w.site.db, alerting(w).channel("broken"))
    assert channel is not None
    with w.site.db.transaction():
        return channel_problem.opened(w.site.db, channel, "no such hook", w.site.now()).id


def freeze_service(w: World) -> None:
    w.site.writes.run(registry.freeze_service, service=w.service, frozen=True, **w.site.signature())


def forget_secrets(w: World) -> None:
    """Those of the world are encrypted with no key."""
    w.site.db.change("UPDATE service SET agent_secret = ''")


# Each command that people run: what to run it with, and what is noted then.
OF_PEOPLE: dict[Command, tuple[Callable[[World], dict[str, Any]], str]] = {
    create_account: (lambda w: {"name": "new", "parent": 1, "timezone": ""}, "account.create"),
    set_account: (
        lambda w: {"account": id_of(w.site.db, "acme"), "changes": {"timezone": "Europe/Berlin"}},
        "account.set",
    ),
    move_account: (lambda w: {"account": id_of(w.site.db, "acme"), "parent": None}, "account.move"),
    freeze_account: (lambda w: {"account": id_of(w.site.db, "acme"), "frozen": True}, "account.freeze"),
    note_account_export: (lambda w: {"account": id_of(w.site.db, "acme")}, "account.export"),
    delete_account: (lambda w: {"account": id_of(w.site.db, frozen(w))}, "account.delete_asked"),
    delete_accounts: (lambda w: {"accounts": asked(w)}, "account.delete"),
    create_key: (
        lambda w: {"account": 1, "name": "k", "scopes": ["read"], "expires_at": None},
        "key.create",
    ),
    import_key: (
        lambda w: {"account": 1, "name": "k", "scopes": ["read"], "expires_at": None, "key": SECRET},
        "key.import",
    ),
    rotate_key: (lambda w: {"account": 1, "name": "kept", "keep_ms": 0}, "key.rotate"),
    revoke_key: (lambda w: {"account": 1, "name": "kept"}, "key.revoke"),
    decide_sign_in: (signing_in, "user.sign_in"),
    end_session: (lambda w: {"hash": digest(w.cookie), "action": "user.sign_out"}, "user.sign_out"),
    end_other_sessions: (lambda w: {"user": _user(w, "ada@example.org"), "keep": ""}, "session.end"),
    create_first_admin: (setting_up, "user.set_up"),
    use_recovery: (
        lambda w: {
            "session": w.new_session(),
            "user": w.jo,
            "code": digest("code"),
            "password_hash": SECRET,
        },
        "user.reset_password",
    ),
    add_recovery: (lambda w: {"user": w.jo}, "user.recovery"),
    add_recoveries: (lambda w: {"email": "jo@example.org"}, "user.recovery"),
    choose_account: (choosing, "user.sign_in"),
    register: (
        lambda w: {
            "email": "n@example.org",
            "name": "New",
            "role": "admin",
            "parent": 1,
            "phones": {},
            "password_hash": SECRET,
        },
        "account.register",
    ),
    change_user: (lambda w: {"user": w.jo, "changes": {"password_hash": SECRET}}, "user.password"),
    create_person: (
        lambda w: {
            "account": 1,
            "email": "n@example.org",
            "name": "New",
            "role": "viewer",
            "password_hash": SECRET,
        },
        "user.create",
    ),
    set_person: (lambda w: {"user": w.jo, "changes": {"role": "viewer"}}, "user.set"),
    remove_person: (lambda w: {"user": w.kim}, "user.remove"),
    remove_contact: (lambda w: {"user": w.contact, "account": 1}, "contact.remove"),
    registry.add_service: (lambda w: {"account": 1, "values": SERVICE}, "service.add"),
    registry.change_service: (
        lambda w: {
            "account": 1,
            "contact": False,
            "service": w.service,
            "changes": {"agent_secret": SECRET * 2},
        },
        "service.set",
    ),
    create_client: (
        lambda w: {"account": 1, "name": "c", "scopes": ["partners_read"]},
        "client.create",
    ),
    revoke_client: (lambda w: {"client_id": made_client(w)}, "client.revoke"),
    set_overrides: (
        lambda w: {"changes": {"retention.runs_days": 30}, "subject": "retention"},
        "setting.set",
    ),
    registry.freeze_service: (lambda w: {"service": w.service, "frozen": True}, "service.freeze"),
    registry.set_service_maintenance: (
        lambda w: {"service": w.service, "until": w.site.now() + 3_600_000},
        "service.maintain",
    ),
    report_urls.make_report_url: (
        lambda w: {"service": w.service, "secret": SECRET, "hash": SECRET},
        "service.report_url",
    ),
    report_urls.rotate_report_url: (
        lambda w: {"service": w.service, "secret": SECRET, "hash": SECRET, "keep_ms": 0, "held": False},
        "service.rotate_report_url",
    ),
    registry.collect_services: (lambda w: {"sees": [1], "account": configured(w)}, "service.collect"),
    request_backup_or_check: (lambda w: {"kind": "backup"}, "database.backup"),
    set_job: (lambda w: {"job": w.job, "changes": {"paused": True}}, "job.set"),
    note_job_export: (lambda w: {"job": w.job}, "job.export"),
    delete_job: (lambda w: {"job": w.job}, "job.delete"),
    set_server: (lambda w: {"server": w.servers[0], "changes": {"alias": "NAS"}}, "server.set"),
    note_server_export: (lambda w: {"server": w.servers[0]}, "server.export"),
    delete_server: (lambda w: {"server": w.servers[0]}, "server.delete"),
    merge_servers: (
        lambda w: {"sees": [1], "into": w.servers[0], "gone": w.servers[1]},
        "server.merge",
    ),
    unmerge_servers: (lambda w: {"sees": [1], "merge": merged(w)}, "server.unmerge"),
    join_jobs: (lambda w: {"sees": [1], "into": twin(w), "gone": w.job}, "job.join"),
    unjoin_jobs: (lambda w: {"sees": [1], "merge": joined(w)}, "job.unjoin"),
    keep_jobs_apart: (lambda w: {"sees": [1], "job": w.job, "other": twin(w)}, "job.keep"),
    dismiss_failure: (lambda w: {"job": w.job, "proofs": [failed_restore(w)]}, "job.dismiss"),
    unlock_user: (lambda w: {"user": locked_out(w)}, "user.unlock"),
    create_recovery_code: (lambda w: {"user": w.jo}, "user.recovery"),
    keep_servers_apart: (lambda w: {"server": shared(w), "dismiss": False}, "server.keep_apart"),
    dismiss_unread: (
        lambda w: {"sees": [1], "account": 1, "deliveries": [w.delivery], "back": False},
        "delivery.dismiss",
    ),
    note_replay: (lambda w: {"account": 1, "deliveries": [w.delivery]}, "delivery.replay"),
    replay_unread: (lambda w: {"account": 1}, "delivery.replay"),
    add_rule: (lambda w: {"account": 1, "name": "r", "rule": rule_to(alerting(w).channel())}, "rule.create"),
    set_rule: (lambda w: {"rule": made_rule(w), "enabled": False}, "rule.set"),
    delete_rule: (lambda w: {"rule": made_rule(w)}, "rule.delete"),
    add_silence: (
        lambda w: {"account": 1, "match": {}, "from_at": w.site.now(), "until_at": w.site.now() + 1000},
        "silence.create",
    ),
    end_silence: (lambda w: {"silence": made_silence(w)}, "silence.end"),
    acknowledge: (
        lambda w: {"problem": broken_channel(w), "until": w.site.now() + 1000},
        "problem.acknowledge",
    ),
    acknowledge_all: (
        lambda w: {"numbers": [broken_channel(w)], "until": w.site.now() + 1000},
        "problem.acknowledge",
    ),
    channel_commands.add_channel: (
        lambda w: {
            "account": 1,
            "kind": "webhook",
            "config": SECRET,
            "shown": "h",
            "settings": {"name": "n"},
        },
        "channel.add",
    ),
    channel_commands.set_channel: (
        lambda w: {"channel": alert_channel(w), "settings": {"name": "n"}, "config": SECRET, "shown": "h"},
        "channel.set",
    ),
    channel_commands.rotate_channel_secret: (
        lambda w: {"channel": alert_channel(w), "config": SECRET},
        "channel.rotate",
    ),
    channel_commands.switch_channel: (lambda w: {"channel": alert_channel(w), "on": False}, "channel.off"),
    channel_commands.delete_channel: (lambda w: {"channel": alert_channel(w)}, "channel.delete"),
    channel_commands.test_channel: (lambda w: {"channel": alert_channel(w)}, "channel.test"),
    channel_commands.confirm_channel: (channel_with_a_test, "channel.verified"),
    recipients.ask_again: (lambda w: {"recipient": recipient(w)}, "channel.ask"),
    recipients.verify_recipient: (lambda w: {"recipient": recipient(w)}, "channel.verify_address"),
    recipients.unsubscribe: (lambda w: {"recipient": recipient(w)}, "channel.unsubscribe"),
    recipients.resubscribe: (lambda w: {"recipient": recipient(w, unsubscribed_at=1)}, "channel.resubscribe"),
    by_hand.send_waiting: (lambda w: {"channel": alert_channel(w)}, "channel.send"),
    by_hand.retry_notice: (lambda w: {"notice": waiting_notice(w)}, "notice.retry"),
    by_hand.drop_notice: (lambda w: {"notice": waiting_notice(w)}, "notice.drop"),
    digests.add_digest: (
        lambda w: {"account": 1, "changes": {"name": "weekly", "channels": [a_channel(w)]}},
        "digest.create",
    ),
    digests.set_digest: (lambda w: {"digest": a_digest(w), "changes": {"hour": 9}}, "digest.set"),
    digests.send_digest: (
        lambda w: {"digest": a_digest(w), "facts": {"account": "main", "counts": {}}},
        "digest.send",
    ),
    digests.delete_digest: (lambda w: {"digest": a_digest(w)}, "digest.delete"),
}
# These say themselves who comes in.
OF_WHO_COMES_IN: set[Command] = {choose_account, decide_sign_in, use_recovery, create_first_admin}
# What is about no one thing.
OF_ALL = {request_backup_or_check, registry.collect_services}


def _user(w: World, email: str) -> int:
    ((user,),) = w.site.db.rows("SELECT id FROM account_user WHERE email = ?", (email,))
    return int(user)


@pytest.fixture
def world(site: Site) -> World:
    return World(site)


def test_every_command_is_run_by_people_or_by_machines() -> None:
    assert {*writes.commands().values()} == OF_PEOPLE.keys() | OF_MACHINES
    assert not OF_PEOPLE.keys() & OF_MACHINES


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("command", OF_PEOPLE)
def test_what_people_change_is_noted_with_who_did_it_and_without_a_secret(
    world: World, command: Command
) -> None:
    make, action = OF_PEOPLE[command]
    if command == request_backup_or_check and not world.site.db.on_sqlite:
        with pytest.raises(DuplistatError):
            world.do(command, **make(world))
        return
    noted = world.do(command, **make(world))
    assert [entry.action for entry in noted] == [action]
    (entry,) = noted
    assert entry.at == world.site.now()
    assert entry.address == ADA.address
    if command in OF_WHO_COMES_IN:
        assert entry.user is not None
        assert entry.who == entry.subject
    else:
        assert (entry.user, entry.who) == (ADA.user, ADA.who)
    assert entry.subject or command in OF_ALL
    assert SECRET not in f"{entry}"
    assert isinstance(json.loads(entry.before), dict)


@pytest.mark.parametrize("command", [one for one in OF_PEOPLE if one not in OF_WHO_COMES_IN])
def test_nobody_changes_anything_without_saying_who(world: World, command: Command) -> None:
    make, _ = OF_PEOPLE[command]
    arguments = {"now": world.site.now()} | make(world)
    before = world.noted()
    with pytest.raises(DuplistatError):
        run_command(world.site, command, arguments)
    assert world.noted() == before


# Each call of /api.php: what it is sent and what is noted; None for one that changes nothing.
IN_PHP: dict[str, tuple[dict[str, str], str | None]] = {
    "registerNewUser": ({"email": "n@example.org", "name": "New", "password": PASSWORD}, "account.register"),
    "login": ({"email": "ada@example.org", "password": PASSWORD}, "user.sign_in"),
    "updateUserData": ({"name": "Ada Lovelace"}, "user.set"),
    "recoverPassword": ({"email": "kim@example.org"}, "user.recovery"),
    "resetPassword": ({"recoverycode": "code", "password": PASSWORD}, "user.reset_password"),
    "addContact": (
        {"email": "d@example.org", "name": "D", "password": PASSWORD, "role": "4"},
        "contact.create",
    ),
    "updateContactData": ({"contact_id": "CONTACT", "name": "Dee"}, "user.set"),
    "removeContact": ({"contact_id": "CONTACT"}, "contact.remove"),
    "addService": (
        {"type": "VDS", "agent": "nas", "agent_port": "8200", "location": "527", "name": "nas"},
        "service.add",
    ),
    "activateAgent": ({"agent-id": "SERVICE", "name": "NAS"}, "service.set"),
    "setActivationHint": ({"service_id": "V1000S", "activation_hint": "install-on-Linux"}, "service.set"),
    "setServiceConfigured": (
        {"service_id": "V1000S", "activation_hint": "install-on-Linux"},
        "service.configure",
    ),
    "editService": ({"sc_id": "SERVICE", "service_action": "terminate"}, "service.cancel"),
    "runPolicy": ({"service_id": "V1000S"}, "service.run"),
    "getStatus": ({}, None),
    "getBackupStatus": ({"service_id": "V1000S"}, None),
    "getTaskDetailById": ({"taskExecutionContextId": "1"}, None),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_changed_by_api_php_is_noted(make_site: Callable[..., Site], call: str) -> None:
    world = World(make_site(accounts={"registration": "open"}))
    people = People(world.site)
    ada = people.signed_in("ada@people.example.org")
    form, action = IN_PHP[call]
    places = {"CONTACT": str(world.contact), "SERVICE": str(world.service)}
    number = f"V{10_000 + world.service}"
    form = {name: number if value == "V1000S" else places.get(value, value) for name, value in form.items()}
    if call == "login":
        form["email"] = "ada@people.example.org"
    before = len(world.noted())
    ada.call(call, **form)
    assert [entry.action for entry in world.noted()[before:]] == ([action] if action else [])


# Each command that changes something: its words, what it reads, and what is noted.
BY_COMMAND: dict[str, tuple[list[str], str, str]] = {
    "account create": (["--name", "new"], "", "account.create"),
    "account move": (["--name", "acme", "--root"], "", "account.move"),
    "account freeze": (["--name", "acme"], "", "account.freeze"),
    "account thaw": (["--name", "acme"], "", "account.thaw"),
    "account set": (["--name", "acme", "--timezone", "UTC"], "", "account.set"),
    "account delete": (["--name", "acme", "--yes"], "", "account.delete"),
    "client create": (["--account", "main"], "", "client.create"),
    "client revoke": ([], "", "client.revoke"),
    "deliveries replay": (["--unrecognised"], "", "delivery.replay"),
    "job set": (["--server", "nas", "--job", "Documents", "--paused", "true"], "", "job.set"),
    "job dismiss": (["--server", "nas", "--job", "Documents"], "", "job.dismiss"),
    "job join": (["--server", "nas", "--job", "Twin", "--from", "Documents", "--yes"], "", "job.join"),
    "job unjoin": (["--server", "nas", "--job", "Twin"], "", "job.unjoin"),
    "key create": (["--name", "k", "--scope", "read"], "", "key.create"),
    "key import": (["--name", "k", "--scope", "read"], SECRET, "key.import"),
    "key rotate": (["--name", "kept"], "", "key.rotate"),
    "key revoke": (["--name", "kept"], "", "key.revoke"),
    "digest add": (["--name", "d", "--channel", "a_channel"], "", "digest.create"),
    "digest off": (["--name", "daily"], "", "digest.set"),
    "digest on": (["--name", "daily"], "", "digest.set"),
    "digest send": (["--name", "daily"], "", "digest.send"),
    "digest delete": (["--name", "daily"], "", "digest.delete"),
    "channel add": (["--name", "c", "--kind", "mail", "--to", "a@example.org"], "", "channel.add"),
    "channel set": (["--name", "ops", "--url", f"https://example.org/{SECRET}"], "", "channel.set"),
    "channel test": (["--name", "ops"], "", "channel.test"),
    "channel on": (["--name", "ops"], "", "channel.on"),
    "channel off": (["--name", "ops"], "", "channel.off"),
    "channel delete": (["--name", "ops"], "", "channel.delete"),
    "notice retry": ([], "", "notice.retry"),
    "notice drop": ([], "", "notice.drop"),
    "problem ack": ([], "", "problem.acknowledge"),
    "rule add": (["--name", "r", "--channel", "a_channel"], "", "rule.create"),
    "rule set": (["--name", "made", "--after-fails", "2"], "", "rule.set"),
    "rule on": (["--name", "made"], "", "rule.set"),
    "rule off": (["--name", "made"], "", "rule.set"),
    "rule delete": (["--name", "made"], "", "rule.delete"),
    "silence add": (["--hours", "1"], "", "silence.create"),
    "silence end": ([], "", "silence.end"),
    "secrets rotate": ([], "", "secrets.rotate"),
    "server delete": (["--server", "nas", "--yes"], "", "server.delete"),
    "server merge": (["--into", "nas", "--from", "other", "--yes"], "", "server.merge"),
    "server unmerge": (["--server", "nas"], "", "server.unmerge"),
    "server set": (["--server", "nas", "--alias", "NAS"], "", "server.set"),
    "service freeze": (["V10001"], "", "service.freeze"),
    "service thaw": (["V10001"], "", "service.thaw"),
    "service maintenance": (["V10001", "--hours", "2"], "", "service.maintain"),
    "service report-url": (["V10001"], "", "service.report_url"),
    "service rotate-report-url": (["V10001"], "", "service.rotate_report_url"),
    "user set": (["--email", "jo@example.org", "--name", "Joan"], "", "user.set"),
    "user unlock": (["--email", "jo@example.org"], "", "user.unlock"),
    "user create": (["--email", "n@example.org", "--name", "N"], f"{SECRET}\n", "user.create"),
    "user delete": (["--email", "jo@example.org"], "", "user.remove"),
    "user reset-password": (["--email", "jo@example.org"], f"{SECRET}\n", "user.reset_password"),
}
# What has to be so before; the words that it gives go behind those above.
PREPARED: dict[str, Callable[[World], Any]] = {
    "client revoke": made_client,
    "job dismiss": lambda w: failed_restore(w) and None,
    "user unlock": locked_out_today,
    "job join": lambda w: twin(w) and None,
    "job unjoin": joined_today,
    "digest add": lambda w: Alerting(w.site).channel("a_channel") and None,
    "digest off": lambda w: a_digest(w) and None,
    "digest on": lambda w: digest_off(w),
    "digest send": lambda w: a_digest(w) and None,
    "digest delete": lambda w: a_digest(w) and None,
    "channel set": lambda w: alert_channel(w) and None,
    "channel test": lambda w: alerting(w).channel() and None,
    "channel on": lambda w: channel_off(w),
    "channel off": lambda w: alerting(w).channel() and None,
    "channel delete": lambda w: alerting(w).channel() and None,
    "notice retry": lambda w: str(waiting_notice(w)),
    "notice drop": lambda w: str(waiting_notice(w)),
    "problem ack": lambda w: str(broken_channel(w)),
    "rule add": lambda w: alerting(w).channel("a_channel") and None,
    "rule set": lambda w: made_rule(w) and None,
    "rule on": lambda w: off(w),
    "rule off": lambda w: made_rule(w) and None,
    "rule delete": lambda w: made_rule(w) and None,
    "silence end": lambda w: str(silence_of_today(w)),
    "secrets rotate": forget_secrets,
    "server unmerge": merged_today,
    "service report-url": forget_secrets,
    "service rotate-report-url": forget_secrets,
    "service thaw": freeze_service,
}
# Those that only read; that run the server; or, like `collect` and `demo`, have tests of their own.
OTHER_COMMANDS = {
    *("account list", "client list", "deliveries list", "deliveries show", "job explain", "job list"),
    *(
        "key list",
        "channel list",
        "notice list",
        "notice show",
        "problem list",
        "rule list",
        "rule try",
        "silence list",
        "server list",
        "service list",
        "user list",
        "secrets check",
        "serve",
        "scheduler",
        "doctor",
        "digest list",
        "digest show",
        "evidence",
        "send",
        "collect",
        "demo",
    ),
    *("backup", "restore"),
}


def commands_of(group: click.Group = main, *path: str) -> Iterator[str]:
    """Every command that `--help` shows."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands_of(command, *path, name)
        elif command is not None and not command.hidden:
            yield " ".join((*path, name))


def test_every_command_changes_something_or_not() -> None:
    assert {*commands_of()} == BY_COMMAND.keys() | OTHER_COMMANDS


@pytest.mark.parametrize("command", BY_COMMAND)
def test_what_a_command_changes_is_noted(world: World, run: Run, command: str) -> None:
    words, stdin, action = BY_COMMAND[command]
    more = PREPARED[command](world) if command in PREPARED else None
    before = world.noted()
    result = run(*command.split(), *words, *([more] if more else []), stdin=stdin)
    assert result.exit_code == 0, result.output
    new = [entry for entry in world.noted() if entry not in before]
    assert [(entry.action, entry.who, entry.user) for entry in new] == [(action, "command line", None)]
    assert SECRET not in f"{new}"


def runs_in(text: str) -> Iterator[tuple[str, ast.Call]]:
    """Each place where a command is run or prepared, with its name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and re.search(r"\bwrites\.run$|^prepare$", ast.unparse(node.func)):
            yield ast.unparse(node.args[0]).rpartition(".")[2], node


def test_pages_change_things_by_commands_in_the_name_of_who_looks() -> None:
    """What has no session yet says itself who comes in, in `services`; everything else takes access.signature()."""
    unsigned = {command.__name__ for command in OF_MACHINES}
    found = 0
    for path in (SOURCES / "web").rglob("*.py"):
        text = path.read_text("utf-8")
        for name, call in runs_in(text):
            signed = [ast.unparse(given.value) for given in call.keywords if given.arg is None]
            assert (name in unsigned) is not ("signature()" in signed), (path, name)
            assert not {"by", "now"} & {given.arg for given in call.keywords}, (path, name)
            found += 1
        assert not re.search(r"\.transaction\(|db\.(change|execute|insert)\(", text), path
    assert found > 40


def test_every_action_has_words() -> None:
    actions = set()
    for path in [*(SOURCES / "services").rglob("*.py"), *(SOURCES / "cli").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = str(node.value) if isinstance(node, ast.Constant) else ""
            if re.fullmatch(r"[a-z]+\.[a-z_]+", text):
                actions.add(text)
    known = {action for action in actions if action.partition(".")[0] in SUBJECTS}
    assert len(known) > 30
    assert known <= ACTIONS.keys()
    assert {action.partition(".")[0] for action in ACTIONS} == SUBJECTS.keys()


def test_a_person_who_signs_in_and_fails_is_noted_and_so_is_the_lock(world: World) -> None:
    for _ in range(10):
        entries = world.do(
            decide_sign_in, email="jo@example.org", right=None, prefer="last", address="192.0.2.7"
        )
    assert [entry.action for entry in entries] == ["user.sign_in_failed", "user.locked"]
    assert (
        world.do(decide_sign_in, email="jo@example.org", right=None, prefer="last", address="192.0.2.7") == []
    )


def test_a_change_that_changes_nothing_is_not_noted(world: World) -> None:
    assert world.do(change_user, user=world.jo, changes={"name": "Jo"}) == []
