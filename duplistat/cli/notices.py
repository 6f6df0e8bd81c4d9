"""`duplistat notice`: messages that have to go out, and what became of them."""

from pathlib import Path

import click

from duplistat.apis.native.alert_reads import result_of
from duplistat.apis.native.alert_shapes import WAITING, notice_of, notices_of
from duplistat.cli.alert_parts import JSON, OF_ACCOUNT, chosen, composed, echo_list
from duplistat.cli.common import Opened, echo, echo_json, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.alerts import by_hand
from duplistat.store import attempts, notices
from duplistat.store.notices import Notice

STATES = (WAITING, notices.SENT, notices.FAILED, notices.DROPPED)


@click.group()
def notice() -> None:
    """Notices: alert messages, each to one channel, and whether they were delivered."""


@notice.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only notices in this state.")
@OF_ACCOUNT
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Maximum number."
)
@JSON
@data_options
def list_notices(
    state: str | None,
    account: str | None,
    limit: int,
    as_json: bool,
    config_file: Path | None,
    data: Path,
) -> None:
    """List notices, newest first."""
    with opened(config_file, data) as o:
        sees = chosen(o, account)
        rows = notices.page(o.db, sees, result=result_of(state), limit=limit)
        if as_json:
            echo_list("notices", notices_of(o.db, rows))
            return
        shown = [
            (
                str(row.id),
                o.local(row.created_at),
                row.channel or "administrators",
                _state(o, row),
                str(row.attempts),
                composed(o, row).subject,
            )
            for row in rows
        ]
    table(("id", "made", "channel", "state", "attempts", "subject"), shown)


@notice.command()
@click.argument("number", metavar="ID")
@JSON
@data_options
def show(number: str, as_json: bool, config_file: Path | None, data: Path) -> None:
    """Show a notice: its text, and the result of each attempt to send it."""
    with opened(config_file, data) as o:
        row = _found(o, number)
        if as_json:
            echo_json(notice_of(o.db, row).model_dump(mode="json"))
            return
        message = composed(o, row)
        by = f" by rule {row.rule}" if row.rule else ""
        echo(f"notice {row.id} {row.uid}: {row.kind} ({row.why}) to {row.channel or 'administrators'}{by}")
        echo(f"made {o.local(row.created_at)}, {_state(o, row)}")
        for attempt in attempts.of_notice(o.db, row.id):
            took = f" after {attempt.ms} ms" if attempt.ms is not None else ""
            words = " ".join(filter(None, (attempt.code, attempt.answer)))
            echo(
                f"{attempt.number}. {o.local(attempt.started_at)}: {attempt.outcome or 'under way'}{took} {words}"
            )
    echo("")
    echo(message.subject)
    for line in message.text.splitlines():
        echo(line)


@notice.command()
@click.argument("number", metavar="ID")
@data_options
def retry(number: str, config_file: Path | None, data: Path) -> None:
    """Send a notice now: one that is waiting, or again one that failed or was dropped."""
    with opened(config_file, data) as o:
        row = _found(o, number)
        o.writes.run(by_hand.retry_notice, notice=row.id, **o.signature())
    echo(f"notice {row.id} goes out by {row.channel or 'mail to the administrators'}")


@notice.command()
@click.argument("number", metavar="ID")
@data_options
def drop(number: str, config_file: Path | None, data: Path) -> None:
    """Drop a waiting notice."""
    with opened(config_file, data) as o:
        row = _found(o, number)
        o.writes.run(by_hand.drop_notice, notice=row.id, **o.signature())
    echo(f"notice {row.id} does not go out")


def _found(o: Opened, number: str) -> Notice:
    """The notice of that id, or of that name which its receiver got."""
    found = (
        notices.get(o.db, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    )
    found = found or notices.by_uid(o.db, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no notice {number}")
    return found


def _state(o: Opened, row: Notice) -> str:
    if row.result == notices.WAITING:
        return f"waiting until {o.local(row.not_before)}" if row.not_before > o.now else WAITING
    why = f" ({row.result_why})" if row.result_why else ""
    return f"{row.result}{why} {o.local(row.ended_at)}"
