"""The partner report over 50,000 backup sets: how long it takes, and how large the worker that makes it gets."""

import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.ingest import body_of
from bench.result import Bench
from bench.server import Server, highest_memory, tree
from duplistat import config as configuration
from duplistat.config import Config
from duplistat.services.access import oauth_clients
from duplistat.services.access.oauth_clients import Scope
from duplistat.services.accounts import tree as account_tree
from duplistat.services.bootstrap import prepare
from duplistat.services.commands import Direct, operations
from duplistat.services.reports import intake
from duplistat.services.reports.accept import recording_of
from duplistat.store import accounts, writer
from duplistat.store.database import Database
from duplistat.store.writer import Request

SETS, CUSTOMERS, JOBS_EACH = 50_000, 500, 20
PARTNER = "partner"
SECONDS, MEGABYTES = 5.0, 150.0
GROUP = 500


def measure(bench: Bench, server: Server, data: Path) -> None:
    token = _token(data)
    for accept in ("application/json", "application/xml"):
        seconds, first, size = _read(server, token, accept)
        what = f"partner report, {_count(bench):,} backup sets, {accept.partition('/')[2]}"
        bench.add("partner", what, seconds, "s", f"< {SECONDS:.0f} s", seconds < SECONDS)
        bench.add("partner", f"{what}: until its first byte", first, "s")
        bench.note(f"{size / 1e6:.1f} MB")
    largest = max(highest_memory(pid) for pid in tree(server.pid)) / 1e6
    what = "the largest process after both (RSS at its highest)"
    bench.add("partner", what, largest, "MB", f"< {MEGABYTES:.0f} MB", largest < MEGABYTES)


def _read(server: Server, token: str, accept: str) -> tuple[float, float, int]:
    """(seconds for all, seconds until the first byte, bytes)."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/partners/partner/reports/backup_status",
        headers={"Authorization": f"OAuth {token}", "Accept": accept},
    )
    begun, first, size = time.perf_counter(), 0.0, 0
    with urllib.request.urlopen(request, timeout=60) as answer:
        while piece := answer.read(1 << 16):
            first = first or time.perf_counter() - begun
            size += len(piece)
    return time.perf_counter() - begun, first, size


def _count(bench: Bench) -> int:
    return bench.size(SETS, 2000)


def fill(bench: Bench, data: Path) -> None:
    """So many jobs with a run each, of many customers of one partner."""
    config = configuration.load(data=data, environment={})
    data.mkdir(parents=True, exist_ok=True)
    db = Database(config.database_url)
    prepare(db, 0)
    partner = account_tree.create(db, PARTNER, None, 0)
    customers = [
        account_tree.create(db, f"customer {n:03}", partner.id, 0).id
        for n in range(bench.size(CUSTOMERS, CUSTOMERS))
    ]
    _post(db, config, customers, _count(bench))
    db.close()


def _token(data: Path) -> str:
    """An access token of the partner."""
    config = configuration.load(data=data, environment={})
    db = Database(config.database_url)
    partner = accounts.child(db, None, PARTNER)
    if partner is None:
        raise LookupError("the partner is gone")
    client_id, _ = oauth_clients.create(db, account=partner.id, name="", scopes=list(Scope), now=0)
    client = oauth_clients.find(db, client_id)
    if client is None:
        raise LookupError("the client is gone")
    now = int(time.time() * 1000)
    token = oauth_clients.issue(
        Direct(db, config), client, Scope.PARTNERS_READ, now=now, seconds=3600, address=""
    )
    db.close()
    return token


def _post(db: Database, config: Config, customers: list[int], count: int) -> None:
    commands, group = operations(config), list[Request]()
    began = datetime.now(UTC) - timedelta(hours=5)
    for number in range(count):
        device, job = divmod(number, JOBS_EACH)
        body = body_of(f"server-{device:05}", f"job {job:02}", began, number)
        parsed = intake.read(body, endpoint=intake.INGEST_BACKUP, max_log_lines=1000)
        account = customers[device % len(customers)]
        incoming = intake.Incoming(account, int(began.timestamp() * 1000), intake.INGEST_BACKUP, body)
        recording = recording_of(incoming, parsed)
        group.append((recording.name, recording.arguments))
        if len(group) == GROUP or number == count - 1:
            writer.apply(db, commands, group)
            group.clear()
