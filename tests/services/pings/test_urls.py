"""Ping URLs and ping keys: made, found, replaced, refused; and encrypted anew with everything else."""

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.core.pings import unique_key
from duplistat.services.access.api_keys import digest
from duplistat.services.configuration.secret_rotation import rotate, unreadable_pings
from duplistat.services.pings import keys, urls
from duplistat.store import ping_keys, ping_urls
from duplistat.store.ping_urls import Target
from tests.support.known import id_of
from tests.support.site import Site

UUID = "8116e449-d71c-4112-8f5d-a66f60902091"
TOKEN = "Abcd1234"


def make(
    site: Site, server: str = "nas", job: str = "DB backup", slug: str = "", account: str = "main"
) -> int:
    """The job, with a URL that clients know already."""
    made = site.writes.run(
        urls.make_ping_url,
        account=id_of(site.db, account),
        server=server,
        job=job,
        url=urls.fresh(site.config, uuid=UUID, token=TOKEN),
        slug=slug,
        **site.signature(),
    )
    return made["job"]


def by_uuid(site: Site, uuid: str) -> Target | None:
    return ping_urls.target(site.db, "uuid_hash", digest(uuid), site.now())


def test_a_url_makes_its_server_and_its_job_and_leads_to_them(site: Site) -> None:
    job = make(site)
    for found in (by_uuid(site, UUID), ping_urls.target(site.db, "token_hash", digest(TOKEN), site.now())):
        assert found is not None
        assert (found.job_id, found.job_name, found.server_name) == (job, "DB backup", "nas")
    (of_slug,) = ping_urls.targets_of_slug(site.db, id_of(site.db, "main"), "db-backup")
    assert of_slug.job_id == job
    assert ping_urls.job_of_unique_key(site.db, site.everyone, unique_key(UUID)) == job
    assert make(site) == job
    assert len(ping_urls.of_job(site.db, job)) == 1


def test_what_is_stored_of_a_url_does_not_tell_it(site: Site) -> None:
    (kept,) = ping_urls.of_job(site.db, make(site))
    assert UUID not in f"{kept}"
    assert TOKEN not in f"{kept}"
    shown = urls.addresses(site.config, "https://d.example", kept)
    assert (shown.ping, shown.push) == (
        f"https://d.example/ping/{UUID}",
        f"https://d.example/api/push/{TOKEN}",
    )


def test_a_url_that_another_job_has_is_refused(site: Site) -> None:
    make(site)
    site.account("acme")
    for place in ({"job": "other"}, {"account": "acme"}):
        with pytest.raises(DuplistatError, match="belongs to another job"):
            make(site, **place)
    assert [job.name for job in site.jobs()] == ["DB backup"]


def test_a_rotated_url_is_good_for_as_long_as_was_said(site: Site) -> None:
    job = make(site)
    fresh = urls.fresh(site.config)
    site.writes.run(urls.rotate_ping_url, job=job, url=fresh, keep_ms=60_000, **site.signature())
    assert by_uuid(site, UUID) is not None
    now = urls.shown(site.db, job)
    assert now is not None
    assert now.uuid_hash != digest(UUID)
    site.now.forward(seconds=61)
    assert by_uuid(site, UUID) is None
    site.writes.run(urls.revoke_ping_url, job=job, **site.signature())
    assert ping_urls.of_job(site.db, job) == []
    with pytest.raises(DuplistatError, match="has no ping URL"):
        site.writes.run(urls.revoke_ping_url, job=job, **site.signature())


def test_a_ping_key_is_found_until_it_is_replaced(site: Site) -> None:
    main = id_of(site.db, "main")
    key = keys.fresh(site.config, "Old-Key_1")
    site.writes.run(keys.make_ping_key, account=main, name="hc", key=key, **site.signature())
    found = keys.find(site.db, "Old-Key_1")
    assert found is not None
    assert (found.account_id, keys.plain(site.config, found)) == (main, "Old-Key_1")
    assert keys.find(site.db, "old-key_1") is None
    with pytest.raises(DuplistatError, match="already"):
        site.writes.run(
            keys.make_ping_key, account=main, name="hc", key=keys.fresh(site.config), **site.signature()
        )
    site.account("acme")
    with pytest.raises(DuplistatError, match="belongs to another account"):
        site.writes.run(
            keys.make_ping_key, account=id_of(site.db, "acme"), name="hc", key=key, **site.signature()
        )
    site.writes.run(
        keys.rotate_ping_key, account=main, name="hc", key=keys.fresh(site.config), **site.signature()
    )
    assert keys.find(site.db, "Old-Key_1") is None
    site.writes.run(keys.revoke_ping_key, account=main, name="hc", **site.signature())
    assert ping_keys.of_accounts(site.db, site.everyone) == []


@pytest.mark.parametrize("slug", ["Upper", "with blank", "", "x" * 101])
def test_a_slug_has_its_letters(site: Site, slug: str) -> None:
    if not slug:
        assert ping_urls.slugs(site.db, [make(site, slug=slug)])[site.job("DB backup").id] == "db-backup"
        return
    with pytest.raises(DuplistatError, match="a slug has"):
        make(site, slug=slug)


def test_another_key_of_secrets_encrypts_them_anew(site: Site) -> None:
    job = make(site)
    site.writes.run(
        keys.make_ping_key,
        account=id_of(site.db, "main"),
        name="k",
        key=keys.fresh(site.config, "the-key"),
        **site.signature(),
    )
    (before,) = ping_urls.of_job(site.db, job)
    assert rotate(site.config, site.db, settle=0) == 3
    (after,) = ping_urls.of_job(site.db, job)
    assert after.uuid != before.uuid
    assert urls.addresses(site.config, "", after).uuid == UUID
    assert unreadable_pings(site.config, site.db) == (3, [])
    site.db.change("UPDATE ping_url SET token = 'x'")
    assert unreadable_pings(site.config, site.db) == (3, [f"ping_url {after.id}"])
