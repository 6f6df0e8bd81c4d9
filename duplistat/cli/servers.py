"""`duplistat server`: what a person sets on a machine; two machines made one; one deleted."""

from pathlib import Path

import click

from duplistat.cli.common import Opened, echo, opened, table
from duplistat.cli.files import write_lines
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import plural
from duplistat.core.visible import visible
from duplistat.services.accounts import export
from duplistat.services.servers import settings as server_settings
from duplistat.services.servers.deletion import delete_server, delete_server_rows
from duplistat.services.servers.merge import carry_on, merge_servers, require_mergeable
from duplistat.services.servers.merge_preview import Preview, preview
from duplistat.services.servers.settings import ServerChanges, find_server
from duplistat.services.servers.unmerge import unmerge_servers, why_not
from duplistat.store import accounts, merges, server_rows, servers

ACCOUNT = click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the server.")
SERVER = click.option(
    "--server", "server_name", required=True, help="The server's name, alias, machine id or id."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def server() -> None:
    """Servers: the machines that report."""


@server.command(name="list")
@data_options
def list_servers(config_file: Path | None, data: Path) -> None:
    """List all servers, with their ids."""
    with opened(config_file, data) as o:
        names = {account.id: account.name for account in accounts.all_accounts(o.db)}
        rows = [
            (
                str(found.id),
                names[found.account_id],
                found.label,
                found.machine_id or "-",
                found.group_name or "-",
                "archived" if found.archived_at is not None else "in use",
                o.local(found.seen_at),
            )
            for found in servers.visible(o.db, tuple(names))
        ]
    table(("id", "account", "server", "machine id", "group", "state", "last heard"), rows)


@server.command(name="set")
@ACCOUNT
@SERVER
@click.option("--alias", help="Display name; an empty text removes it.")
@click.option("--group", help="Group on the overview; an empty text removes it from its group.")
@click.option("--notes", help="Notes, replacing the present ones.")
@click.option("--web-url", help="Address of its web interface; an empty text removes it.")
@click.option("--archived", type=bool, help="true: archive it until it reports again; false: restore it.")
@data_options
def set_server(
    account: str,
    server_name: str,
    alias: str | None,
    group: str | None,
    notes: str | None,
    web_url: str | None,
    archived: bool | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Edit a server: display name, group, notes, web interface, archive."""
    changes: ServerChanges = {}
    if alias is not None:
        changes["alias"] = alias
    if group is not None:
        changes["group_name"] = group
    if notes is not None:
        changes["notes"] = notes
    if web_url is not None:
        changes["web_url"] = web_url
    if archived is not None:
        changes["archived"] = archived
    if not changes:
        raise click.UsageError("nothing to set: give --alias, --group, --notes, --web-url or --archived")
    with opened(config_file, data) as o:
        found = find_server(o.db, account, server_name)
        o.writes.run(server_settings.set_server, server=found.id, changes=changes, **o.signature())
        now = servers.by_id(o.db, (found.account_id,), found.id) or found
    state = "in the archive" if now.archived_at is not None else "in use"
    echo(f"{now.name} is called {now.label}, in {now.group_name or 'no group'}, {state}")


@server.command()
@ACCOUNT
@click.option("--into", "into_name", required=True, help="Server to keep.")
@click.option("--from", "gone_name", required=True, help="Server to merge into it and remove.")
@YES
@data_options
def merge(
    account: str, into_name: str, gone_name: str, yes: bool, config_file: Path | None, data: Path
) -> None:
    """Merge two servers, such as a computer that was reinstalled."""
    with opened(config_file, data) as o:
        into, gone = (find_server(o.db, account, name) for name in (into_name, gone_name))
        require_mergeable(o.db, into, gone)
        for line in told(preview(o.db, into, gone)):
            echo(line)
        if not yes and not click.confirm(visible(f"Merge {gone.label} into {into.label}?")):
            raise DuplistatError(Kind.INVALID, "nothing was merged")
        made = o.writes.run(
            merge_servers, into=into.id, gone=gone.id, sees=[into.account_id], **o.signature()
        )
        carry_on(o.writes, made, o.now)
    echo(f"{gone.label} is a part of {into.label} now; for 30 days, duplistat server unmerge undoes it")


@server.command()
@ACCOUNT
@SERVER
@data_options
def unmerge(account: str, server_name: str, config_file: Path | None, data: Path) -> None:
    """Undo the latest merge into a server, within 30 days."""
    with opened(config_file, data) as o:
        found = find_server(o.db, account, server_name)
        latest = next(iter(merges.into(o.db, found.id, merges.OF_SERVERS)), None)
        if latest is None:
            raise DuplistatError(Kind.NOT_FOUND, f"nothing was merged into {found.label!r}")
        reason = why_not(o.db, latest, o.now)
        if reason:
            raise DuplistatError(Kind.INVALID, f"this merge cannot be undone: {reason}")
        done = o.writes.run(unmerge_servers, merge=latest.id, sees=[latest.account_id], **o.signature())
        carry_on(o.writes, latest.id, o.now)
    echo(f"{latest.gone_name} is a server of its own again, with id {done['server']}")


@server.command()
@ACCOUNT
@SERVER
@click.option(
    "--export",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the export (JSON Lines, gzip); by default in the data folder.",
)
@YES
@data_options
def delete(
    account: str, server_name: str, file: Path | None, yes: bool, config_file: Path | None, data: Path
) -> None:
    """Delete a server with all its data; it is exported first."""
    with opened(config_file, data) as o:
        found = find_server(o.db, account, server_name)
        has = server_rows.counted(o.db, found.id)
        echo(
            f"To be deleted: {found.label}, with {plural(has.jobs, 'job')}, {plural(has.runs, 'run')}"
            f" and {plural(has.events, 'event')}"
        )
        name = found.label
        if not yes and click.prompt("Type its name to delete it", default="", show_default=False) != name:
            raise DuplistatError(Kind.INVALID, "nothing was deleted")
        written = file or o.config.data / f"server-{found.id}-{o.local(o.now)[:10]}.jsonl.gz"
        count = write_lines(export.lines_of_server(o.db, found.id, name, o.now), written)
        while has != (has := server_rows.counted(o.db, found.id)):
            # Something was reported meanwhile.
            written.unlink()
            count = write_lines(export.lines_of_server(o.db, found.id, name, o.now), written)
        echo(f"{plural(count, 'line')} written to {written}")
        o.writes.run(delete_server, server=found.id, **o.signature())
        _finish(o, found.id)
    echo(f"{name} is deleted")


def told(what: Preview) -> list[str]:
    """What a merge would do, in lines."""
    lines = [f"{name} goes over with {plural(runs, 'run')}" for name, runs in what.whole]
    for job in what.joined:
        known = f", {job.doubles} of them known already" if job.doubles else ""
        lines.append(f"{job.name} is joined with the job of that name: {plural(job.runs, 'run')}{known}")
    if what.events:
        known = f", {what.double_events} of them known already" if what.double_events else ""
        lines.append(f"{plural(what.events, 'event')}{known}")
    return lines or [f"{what.gone.label} has no job and no event; its identity goes over"]


def _finish(o: Opened, server: int) -> None:
    while not o.writes.run(delete_server_rows, server=server, now=o.now)["done"]:
        pass
