"""`duplistat ping`: addresses at which clients of other monitors report."""

from pathlib import Path

import click

from duplistat.cli.common import Opened, account_named, echo, opened, table
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.pings import keys, urls
from duplistat.services.servers.settings import find_job
from duplistat.store import accounts, ping_keys, ping_urls
from duplistat.store.job_lists import places
from duplistat.store.jobs import Job

HOUR_MS = 3_600_000


@click.group()
def ping() -> None:
    """Ping URLs of jobs, and ping keys: how clients of Healthchecks, Uptime Kuma and others report here."""


@ping.command()
@click.option("--server", required=True, help="Name of the server; created if there is none.")
@click.option("--job", required=True, help="Name of the job; created if there is none.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job.")
@click.option("--slug", default="", help="Slug, used with a ping key. [default: from the name of the job]")
@data_options
def create(
    server: str,
    job: str,
    account: str,
    slug: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Create the ping URL of a job, unless it has one, and print it."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        url = urls.fresh(o.config)
        found = _job(o, account, server, job)
        if found is not None:
            o.writes.run(
                urls.make_ping_url_of,
                job=found.id,
                url=url,
                slug=slug,
                also=False,
                **o.signature(),
            )
            number = found.id
        else:
            made = o.writes.run(
                urls.make_ping_url,
                account=owner,
                server=server,
                job=job,
                url=url,
                slug=slug,
                **o.signature(),
            )
            number = made["job"]
        _print_url(o, number)


@ping.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account whose jobs it pings.")
@click.option(
    "--name", default=keys.DEFAULT, show_default=True, help="Name of the key, unique in its account."
)
@data_options
def key(account: str, name: str, config_file: Path | None, data: Path) -> None:
    """Print a ping key of an account alone on the last line; it is created if there is none of that name."""
    with opened(config_file, data) as o:
        owner = account_named(o.db, account).id
        if ping_keys.by_name(o.db, owner, name) is None:
            o.writes.run(
                keys.make_ping_key, account=owner, name=name, key=keys.fresh(o.config), **o.signature()
            )
        found = ping_keys.by_name(o.db, owner, name)
        if found is None:
            raise DuplistatError(Kind.NOT_FOUND, "the ping key was revoked")
        echo(f"Ping key {name!r} of account {account!r}: {o.config.own_url}/ping/KEY/SLUG", err=True)
        echo(keys.plain(o.config, found))


@ping.command(name="list")
@click.option("--urls", "with_urls", is_flag=True, help="With the URLs and keys, which are secrets.")
@data_options
def list_pings(with_urls: bool, config_file: Path | None, data: Path) -> None:
    """List the jobs that have ping URLs, and the ping keys."""
    with opened(config_file, data) as o:
        names = {a.id: a.name for a in accounts.all_accounts(o.db)}
        shown = ping_urls.shown(o.db, tuple(names))
        slugs = ping_urls.slugs(o.db, list(shown))
        named = places(o.db, list(shown))
        rows = []
        for number, url in sorted(shown.items()):
            place = named[number]
            where = urls.addresses(o.config, o.config.own_url, url) if with_urls else None
            rows.append(
                (
                    names[url.account_id],
                    place.server_alias or place.server_name,
                    place.name,
                    slugs.get(number, "-"),
                    o.local(url.made_at),
                    *((where.ping, where.push) if where else ()),
                )
            )
        known = [
            (
                names[k.account_id],
                k.name,
                o.local(k.made_at),
                o.local(k.used_at),
                *((keys.plain(o.config, k),) if with_urls else ()),
            )
            for k in ping_keys.of_accounts(o.db, tuple(names))
        ]
    table(("account", "server", "job", "slug", "created", *(("ping", "push") if with_urls else ())), rows)
    echo("")
    table(("account", "ping key", "created", "last used", *(("key",) if with_urls else ())), known)


@ping.command()
@click.option("--server", help="The server's name, alias, machine id or id.")
@click.option("--job", help="The job's name.")
@click.option("--key", "key_name", help="Name of a ping key, instead of a job.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job or the key.")
@click.option(
    "--keep-hours",
    type=click.IntRange(0, 8784),
    default=0,
    show_default=True,
    help="Hours for which the old URL stays valid.",
)
@data_options
def rotate(
    server: str | None,
    job: str | None,
    key_name: str | None,
    account: str,
    keep_hours: int,
    config_file: Path | None,
    data: Path,
) -> None:
    """Replace the ping URL of a job, or a ping key, and print the new one."""
    with opened(config_file, data) as o:
        if key_name is not None:
            owner = account_named(o.db, account).id
            fresh = keys.fresh(o.config)
            o.writes.run(keys.rotate_ping_key, account=owner, name=key_name, key=fresh, **o.signature())
            found = ping_keys.by_name(o.db, owner, key_name)
            if found is not None:
                echo(keys.plain(o.config, found))
            return
        row = find_job(o.db, account, *_named(server, job))
        o.writes.run(
            urls.rotate_ping_url,
            job=row.id,
            url=urls.fresh(o.config),
            keep_ms=keep_hours * HOUR_MS,
            **o.signature(),
        )
        _print_url(o, row.id)


@ping.command()
@click.option("--server", help="The server's name, alias, machine id or id.")
@click.option("--job", help="The job's name.")
@click.option("--key", "key_name", help="Name of a ping key, instead of a job.")
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job or the key.")
@data_options
def revoke(
    server: str | None,
    job: str | None,
    key_name: str | None,
    account: str,
    config_file: Path | None,
    data: Path,
) -> None:
    """Revoke the ping URL of a job, or a ping key."""
    with opened(config_file, data) as o:
        if key_name is not None:
            owner = account_named(o.db, account).id
            o.writes.run(keys.revoke_ping_key, account=owner, name=key_name, **o.signature())
            echo(f"ping key {key_name} revoked")
            return
        row = find_job(o.db, account, *_named(server, job))
        o.writes.run(urls.revoke_ping_url, job=row.id, **o.signature())
    echo(f"{row.name}: ping URL revoked")


def _named(server: str | None, job: str | None) -> tuple[str, str]:
    if not server or not job:
        raise click.UsageError("give --server and --job, or --key")
    return server, job


def _job(o: Opened, account: str, server: str, job: str) -> Job | None:
    """The job of that name, None when there is none. Raises DuplistatError where several may be meant."""
    try:
        return find_job(o.db, account, server, job)
    except DuplistatError as e:
        if e.kind is not Kind.NOT_FOUND:
            raise
        return None


def _print_url(o: Opened, job: int) -> None:
    kept = urls.shown(o.db, job)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, "this job has no ping URL")
    where = urls.addresses(o.config, o.config.own_url, kept)
    echo(f"ping: {where.ping}")
    echo(f"push: {where.push}")
