"""`duplistat mail`: addresses that take mails in, and rules for what mails mean."""

from pathlib import Path
from typing import BinaryIO

import click

from duplistat.cli.common import account_named, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.report import BACKUP
from duplistat.core.times import from_ms
from duplistat.formats.mail import rules
from duplistat.formats.mail.rules import BUILT_IN
from duplistat.services.mail_intake.addresses import make_mail_address, revoke_mail_address
from duplistat.services.mail_intake.own_rules import add_mail_rule, drop_mail_rule
from duplistat.services.reports import mails
from duplistat.store import accounts, mail_intake

_ACCOUNT = click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the mails.")


@click.group()
def mail() -> None:
    """Reports by mail: addresses that receive them, and rules for what they mean."""


@mail.command()
@click.option("--name", required=True, help="Name of the address, unique in its account.")
@click.option("--server", default="", help="Server of its mails; by default what they say.")
@click.option("--job", default="", help="Job of its mails; by default what they say.")
@_ACCOUNT
@data_options
def create(name: str, server: str, job: str, account: str, config_file: Path | None, data: Path) -> None:
    """Create an address; it is printed alone on the last line, and not shown again."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        made = o.writes.run(
            make_mail_address, account=owner, name=name, server=server, job=job, **o.signature()
        )
        domain = o.config.intake.smtp_domain or "HOST"
    echo(f"Mail address {name!r} for account {account!r}. It is not shown again:", err=True)
    echo(f"{made['local_part']}@{domain}")


@mail.command(name="list")
@data_options
def list_addresses(config_file: Path | None, data: Path) -> None:
    """List all addresses, without their secrets."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        rows = [
            (
                names[found.account_id],
                found.name,
                f"{found.hint}…",
                found.server or "-",
                found.job or "-",
                str(found.mails),
                o.local(found.used_at),
            )
            for found in mail_intake.addresses(o.db, tuple(names))
        ]
    table(("account", "name", "begins", "server", "job", "mails", "last used"), rows)


@mail.command()
@click.option("--name", required=True, help="The address's name.")
@_ACCOUNT
@data_options
def revoke(name: str, account: str, config_file: Path | None, data: Path) -> None:
    """Revoke an address: mails to it are refused."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        o.writes.run(revoke_mail_address, account=owner, name=name, **o.signature())
    echo(f"mail address {name} revoked")


@mail.command(name="add-rule")
@click.option(
    "--pattern",
    required=True,
    help="Pattern for the whole line; * matches anything, {server} and {job} capture names.",
)
@click.option(
    "--status", required=True, type=click.Choice(rules.STATUSES), help="How the run ended; none: no run."
)
@click.option(
    "--place", type=click.Choice(rules.PLACES), default=rules.SUBJECT, show_default=True, help="Where."
)
@click.option(
    "--operation",
    type=click.Choice(rules.OPERATIONS),
    default=BACKUP,
    show_default=True,
    help="What was done.",
)
@_ACCOUNT
@data_options
def add_rule(
    pattern: str, status: str, place: str, operation: str, account: str, config_file: Path | None, data: Path
) -> None:
    """Add a rule for what mails mean; it is tried before the built-in ones."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        made = o.writes.run(
            add_mail_rule,
            account=owner,
            place=place,
            pattern=pattern,
            status=status,
            operation=operation,
            **o.signature(),
        )
    echo(f"rule {made} added")


@mail.command(name="delete-rule")
@click.argument("rule", type=int)
@data_options
def delete_rule(rule: int, config_file: Path | None, data: Path) -> None:
    """Delete a rule by its number."""
    with opened(config_file, data) as o:
        o.writes.run(drop_mail_rule, rule=rule, **o.signature())
    echo(f"rule {rule} deleted")


@mail.command(name="rules")
@data_options
def list_rules(config_file: Path | None, data: Path) -> None:
    """List all rules, in the order in which they are tried."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        own = mail_intake.rules(o.db, tuple(names))
    rows = [(str(r.id), names[r.account_id], r.place, r.pattern, r.status, r.operation) for r in own]
    rows += [("-", r.name, r.place, r.pattern, r.status, r.operation) for r in BUILT_IN]
    table(("rule", "of", "in", "pattern", "status", "operation"), rows)


@mail.command(name="try")
@click.argument("file", type=click.File("rb"))
@_ACCOUNT
@data_options
def try_mail(file: BinaryIO, account: str, config_file: Path | None, data: Path) -> None:
    """Print what would be recorded of a mail in a file, - for standard input. Nothing is recorded."""
    with opened(config_file, data) as o:
        limit = o.config.intake.smtp_max_bytes
        body = file.read(limit + 1)
        if len(body) > limit:
            raise DuplistatError(Kind.TOO_LARGE, f"the mail is larger than {limit} bytes")
        understood = mails.read(
            body,
            names={},
            received=from_ms(o.now),
            own_rules=mails.own_rules(o.db, account_named(o.db, account).id),
            max_log_lines=0,
        )
    rule = understood.rule
    echo(f"recognised: {understood.reading.recognised}; rule: {rule.pattern if rule else 'none'}")
    rows = [(r.server_name, r.job_name, r.operation, str(r.status)) for r in understood.reading.reports]
    table(("server", "job", "operation", "status"), rows)
