"""What could not be read before there were bounds is counted when the schema gets them."""

from typing import Any

from duplistat.services.reports.inbox import dismiss_unread
from tests.support.site import Site

NEW = ("report_url", "unread", "unread_share", "unread_kind", "unread_dropped")


def rows(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(site.db.rows(f"SELECT * FROM {table}")) for table in NEW}


def as_kept_then(site: Site) -> None:
    """Keep problems as plain English, as it was before the migration, and count their bytes."""
    with site.db.transaction():
        for delivery in site.deliveries():
            ((kept,),) = site.db.rows("SELECT problem FROM delivery WHERE id = ?", (delivery.id,))
            plain = str(delivery.problem)
            less = len(kept.encode()) - len(plain.encode())
            assert (less > 0) == (kept != plain)
            ((account, network),) = site.db.rows(
                "SELECT account_id, network FROM unread WHERE delivery_id = ?", (delivery.id,)
            )
            site.db.execute("UPDATE delivery SET problem = ? WHERE id = ?", (plain, delivery.id))
            site.db.execute(
                "UPDATE unread SET stored = stored - ? WHERE delivery_id = ?", (less, delivery.id)
            )
            site.db.execute(
                "UPDATE unread_share SET bytes = bytes - ? WHERE account_id = ? AND network IN ('', ?)",
                (less, account, network),
            )


def test_what_was_kept_before_is_counted_as_if_it_came_now(site: Site) -> None:
    site.account("acme", parent="main")
    for body, address in ((b"", "192.0.2.1"), (b"<html>", "2001:db8::1"), (b"[1]", "::ffff:192.0.2.1")):
        assert site.post(body, address=address, query="?a=b").status_code == 400
    assert site.post(b"", headers={"Content-Encoding": "zstd"}).status_code == 400
    ids = [site.deliveries()[0].id]
    site.writes.run(dismiss_unread, sees=[1], account=1, deliveries=ids, back=False, **site.signature())
    as_kept_then(site)
    told = rows(site)
    assert (len(told["unread"]), len(told["unread_share"])) == (4, 4)
    with site.db.transaction():
        for table in NEW:
            site.db.execute(f"DROP TABLE {table}")
        site.db.execute("DELETE FROM schema_migration WHERE name LIKE '0006%'")
        site.db.execute("CREATE INDEX service_machine_id ON service (machine_id)")
    assert site.db.migrate() == ["0006_report_urls_and_unread_shares"]
    assert rows(site) == told
