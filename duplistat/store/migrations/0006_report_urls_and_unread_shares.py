"""Report URLs of services, and how much of what nobody can read is kept of each account and address."""

import re
from ipaddress import ip_address, ip_network
from typing import Any

TABLES = (
    # The secret is encrypted, to be shown again; reports are matched by its hash, for a while also by the one before.
    "CREATE TABLE report_url (service_id BIGINT PRIMARY KEY REFERENCES service (id) ON DELETE CASCADE,"
    " secret TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, old_hash TEXT, old_until BIGINT, made_at BIGINT NOT NULL)",
    "CREATE INDEX report_url_old_hash ON report_url (old_hash) WHERE old_hash IS NOT NULL",
    # A delivery that nobody could read: from which network, for what reason, and how many bytes are stored of it.
    "CREATE TABLE unread (delivery_id BIGINT PRIMARY KEY REFERENCES delivery (id) ON DELETE CASCADE,"
    " account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE, network TEXT NOT NULL,"
    " kind TEXT NOT NULL, stored BIGINT NOT NULL)",
    "CREATE INDEX unread_account ON unread (account_id, delivery_id)",
    "CREATE INDEX unread_network ON unread (account_id, network, delivery_id)",
    # Their sums: of an account (network '') and of each network in it; and how many there are of each kind.
    "CREATE TABLE unread_share (account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " network TEXT NOT NULL, bodies BIGINT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (account_id, network))",
    "CREATE INDEX unread_share_bodies ON unread_share (account_id, bodies)",
    "CREATE INDEX unread_share_bytes ON unread_share (account_id, bytes)",
    "CREATE TABLE unread_kind (account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL, bodies BIGINT NOT NULL, PRIMARY KEY (account_id, kind))",
    # What was dropped, by the limit that it went for.
    "CREATE TABLE unread_dropped (account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " why TEXT NOT NULL, bodies BIGINT NOT NULL, bytes BIGINT NOT NULL, first_at BIGINT NOT NULL,"
    " last_at BIGINT NOT NULL, last_network TEXT NOT NULL, PRIMARY KEY (account_id, why))",
)
KINDS = 64


def up(migrator: Any, db: Any) -> None:
    for statement in TABLES:
        db.execute_sql(statement)
    _take_in(db)
    # Whose a report is, is not told by the id of its machine any more.
    db.execute_sql("DROP INDEX service_machine_id")


def _take_in(db: Any) -> None:
    """Count what could not be read before."""
    on_sqlite = db.__class__.__name__.startswith("Sqlite")
    mark, length = ("?", "length(CAST({} AS BLOB))") if on_sqlite else ("%s", "octet_length({})")
    stored = " + ".join(
        length.format(name) for name in ("body", "problem", "address", "query", "content_type")
    )
    rows = db.execute_sql(
        f"SELECT id, account_id, address, problem, {stored}"
        " FROM delivery WHERE outcome IN ('unrecognised', 'dismissed') ORDER BY id"
    ).fetchall()
    kinds: dict[tuple[int, str], int] = {}
    shares: dict[tuple[int, str], list[int]] = {}
    for id, account, address, problem, size in rows:
        kind, network = _kind(problem), _network(address)
        if (account, kind) not in kinds and sum(1 for owner, _ in kinds if owner == account) >= KINDS:
            kind = ""
        kinds[account, kind] = kinds.get((account, kind), 0) + 1
        for where in ("", network):
            share = shares.setdefault((account, where), [0, 0])
            share[0] += 1
            share[1] += size
        db.execute_sql(
            f"INSERT INTO unread (delivery_id, account_id, network, kind, stored) VALUES ({', '.join([mark] * 5)})",
            (id, account, network, kind, size),
        )
    for (account, kind), bodies in kinds.items():
        db.execute_sql(f"INSERT INTO unread_kind VALUES ({mark}, {mark}, {mark})", (account, kind, bodies))
    for (account, network), share in shares.items():
        db.execute_sql(
            f"INSERT INTO unread_share VALUES ({mark}, {mark}, {mark}, {mark})", (account, network, *share)
        )


def _kind(problem: str) -> str:
    """As services.unread says it at the time of this migration."""
    first = problem.partition("; ")[0]
    return re.sub(r"\d+", "#", re.sub(r"'[^']*'|\"[^\"]*\"", "…", first))[:120] or "-"


def _network(address: str) -> str:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address or "-"
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
