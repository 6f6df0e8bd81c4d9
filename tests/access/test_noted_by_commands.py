"""Every change that a command makes is noted."""

from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from duplistat.cli import main
from tests.access.noted_alerts import (
    a_digest,
    alerting,
    broken_channel,
    channel_off,
    channel_under_a_new_key,
    digest_off,
    made_rule,
    off,
    silence_of_today,
    waiting_notice,
)
from tests.access.noted_mails import mail_address, mail_rule
from tests.access.noted_pings import badge_of_command, ping_key_of_command
from tests.access.noted_world import (
    SECRET,
    World,
    failed_restore,
    forget_secrets,
    joined_today,
    locked_out_today,
    made_client,
    merged_today,
    suspend_service,
    twin,
)
from tests.cli.conftest import Run
from tests.support.alerting import Alerting
from tests.support.foreign import made

# Each command that changes something: its words, what it reads, and what is noted.
BY_COMMAND: dict[str, tuple[list[str], str, str]] = {
    "account create": (["--name", "new"], "", "account.create"),
    "account move": (["--name", "acme", "--root"], "", "account.move"),
    "account suspend": (["--name", "acme"], "", "account.suspend"),
    "account reactivate": (["--name", "acme"], "", "account.reactivate"),
    "account set": (["--name", "acme", "--timezone", "UTC"], "", "account.set"),
    "account delete": (["--name", "acme", "--yes"], "", "account.delete"),
    "client create": (["--account", "main"], "", "client.create"),
    "client revoke": ([], "", "client.revoke"),
    "deliveries replay": (["--unrecognised"], "", "delivery.replay"),
    "import": (["duplistatus"], "", "import.end"),
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
    "badge create": (["--tag", "prod"], "", "badge.create"),
    "badge revoke": ([], "", "badge.revoke"),
    "channel add": (["--name", "c", "--kind", "mail", "--to", "a@example.org"], "", "channel.add"),
    "channel set": (["--name", "ops", "--url", f"https://example.org/{SECRET}"], "", "channel.set"),
    "channel test": (["--name", "ops"], "", "channel.test"),
    "channel on": (["--name", "ops"], "", "channel.on"),
    "channel off": (["--name", "ops"], "", "channel.off"),
    "channel delete": (["--name", "ops"], "", "channel.delete"),
    "notice retry": ([], "", "notice.retry"),
    "notice drop": ([], "", "notice.drop"),
    "problem ack": ([], "", "problem.acknowledge"),
    "mail create": (["--name", "m"], "", "mail_address.create"),
    "mail revoke": (["--name", "nas"], "", "mail_address.revoke"),
    "mail add-rule": (["--pattern", "x", "--status", "failed"], "", "mail_rule.add"),
    "mail delete-rule": ([], "", "mail_rule.drop"),
    "ping create": (["--server", "web", "--job", "db"], "", "ping.create"),
    "ping key": ([], "", "ping_key.create"),
    "ping rotate": (["--key", "default"], "", "ping_key.rotate"),
    "ping revoke": (["--key", "default"], "", "ping_key.revoke"),
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
    "service add": (["--name", "n", "--url", "http://127.0.0.1:8200"], "", "service.add"),
    "service remove": (["V10001"], "", "service.cancel"),
    "service set": (["V10001", "--name", "other"], "", "service.set"),
    "service suspend": (["V10001"], "", "service.suspend"),
    "service reactivate": (["V10001"], "", "service.reactivate"),
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
    "import": lambda w: str(made(w.site.config.data, "duplistatus_3.1")),
    "job join": lambda w: twin(w) and None,
    "job unjoin": joined_today,
    "digest add": lambda w: Alerting(w.site).channel("a_channel") and None,
    "digest off": lambda w: a_digest(w) and None,
    "digest on": lambda w: digest_off(w),
    "digest send": lambda w: a_digest(w) and None,
    "digest delete": lambda w: a_digest(w) and None,
    "channel set": channel_under_a_new_key,
    "channel test": lambda w: alerting(w).channel() and None,
    "channel on": lambda w: channel_off(w),
    "channel off": lambda w: alerting(w).channel() and None,
    "channel delete": lambda w: alerting(w).channel() and None,
    "notice retry": lambda w: str(waiting_notice(w)),
    "notice drop": lambda w: str(waiting_notice(w)),
    "problem ack": lambda w: str(broken_channel(w)),
    "badge create": forget_secrets,
    "badge revoke": badge_of_command,
    "mail revoke": lambda w: mail_address(w) and None,
    "mail delete-rule": lambda w: str(mail_rule(w)),
    "ping create": forget_secrets,
    "ping key": forget_secrets,
    "ping rotate": ping_key_of_command,
    "ping revoke": ping_key_of_command,
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
    "service reactivate": suspend_service,
}


# Those that only read; that run the server; or, like `collect` and `demo`, have tests of their own.
OTHER_COMMANDS = {
    *("account list", "client list", "deliveries list", "deliveries show", "job explain", "job list"),
    *(
        "key list",
        "channel list",
        "notice list",
        "notice show",
        "badge list",
        "ping list",
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
        *("service collect", "service start", "service test"),
        "demo",
        "run",
        "spool flush",
        "mail list",
        "mail rules",
        "mail try",
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
