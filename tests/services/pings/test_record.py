"""What a ping makes of its job, in the database: starts, counts, slugs; and jobs that become one and two again."""

from duplistat.core.status import Health
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.pings import badges
from duplistat.services.servers.merge import carry_on, merge_servers
from duplistat.services.servers.renamed_jobs import join_jobs, unjoin_jobs
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.store import ping_starts, ping_urls
from tests.support.known import id_of
from tests.support.pings import KEY, TOKEN, UUID, make_key, make_pinged, ping
from tests.support.site import Site

OTHER = "d2a1c6a0-0f3c-4c4c-9c39-2b1a3f2f7a11"


def test_starts_of_one_job_are_bounded_and_forgotten(site: Site) -> None:
    job = make_pinged(site)
    for number in range(ping_starts.MOST + 5):
        site.now.forward(seconds=1)
        with site.db.transaction():
            ping_starts.put(site.db, job, ping_starts.Start(f"{number}", site.now()))
    known = ping_starts.of_job(site.db, job, site.now())
    assert (len(known), known[0].rid) == (ping_starts.MOST, f"{ping_starts.MOST + 4}")
    site.now.forward(hours=73)
    assert ping_starts.of_job(site.db, job, site.now()) == []


def test_pings_are_counted_and_a_choice_of_its_job_stays(site: Site) -> None:
    job = make_pinged(site)
    with site.db.transaction():
        ping_starts.set_timed(site.db, job, False)
    for _ in range(3):
        ping(site)
    count = ping_starts.counts(site.db, [job])[job]
    assert (count.pings, count.last_at, count.timed) == (3, site.now(), False)


def test_a_run_lasts_from_its_start_with_its_logs(site: Site) -> None:
    job = make_pinged(site)
    ping(site, f"/start?rid={OTHER}")
    ping(site, f"/log?rid={OTHER}", body="one")
    ping(site, f"/log?rid={OTHER}", body="two")
    assert site.job("db").health == Health.RUNNING
    site.now.forward(minutes=2)
    ping(site, f"/1?rid={OTHER}", body="three")
    (run,) = site.runs("db")
    assert (run.duration_ms, run.log_lines, run.status) == (120_000, 3, "error")
    assert {item.run for item in site.deliveries()} == {run.id}
    assert ping_starts.of_job(site.db, job, site.now()) == []


def test_a_ping_makes_its_job_once(site: Site) -> None:
    make_key(site)
    for _ in range(2):
        assert ping(site, f"/ping/{KEY}/new?create=1&server=web").status_code == 200
    assert [job.name for job in site.jobs()] == ["new"]
    assert len(site.runs("new")) == 2


def test_jobs_that_become_one_keep_both_of_their_addresses(site: Site) -> None:
    make_key(site)
    kept = make_pinged(site)
    gone = make_pinged(site, job="old name", uuid=OTHER, token="other")
    made = site.writes.run(join_jobs, into=kept, gone=gone, sees=[id_of(site.db, "main")], **site.signature())
    paths = ("", f"/ping/{OTHER}", "/api/push/other", f"/ping/{KEY}/old-name")
    # Also while they are being joined.
    assert {ping(site, path).status_code for path in paths} == {200}
    carry_on(site.writes, made, site.now())
    site.now.forward(minutes=1)
    assert {ping(site, path).status_code for path in paths} == {200}
    assert [job.id for job in site.jobs()] == [kept]
    back = site.writes.run(unjoin_jobs, merge=made, sees=[id_of(site.db, "main")], **site.signature())["job"]
    carry_on(site.writes, made, site.now())
    site.now.forward(minutes=1)
    before = len(site.runs("old name"))
    assert {ping(site, path).status_code for path in paths[1:]} == {200}
    assert len(site.runs("old name")) == before + 3
    assert [url.job_id for url in ping_urls.of_job(site.db, back)] == [back]


def test_servers_that_become_one_keep_the_addresses_of_their_jobs(site: Site) -> None:
    make_key(site)
    make_pinged(site, server="one")
    make_pinged(site, server="two", uuid=OTHER, token="other")
    kept, gone = site.servers()
    sees = [id_of(site.db, "main")]
    made = site.writes.run(merge_servers, into=kept.id, gone=gone.id, sees=sees, **site.signature())
    carry_on(site.writes, made, site.now())
    for path in (f"/ping/{UUID}", f"/ping/{OTHER}", f"/api/push/{TOKEN}", f"/ping/{KEY}/db"):
        assert ping(site, path).status_code == 200
    (job,) = site.jobs()
    assert len(site.runs("db")) == 4
    site.writes.run(unmerge_servers, merge=made, sees=sees, **site.signature())
    carry_on(site.writes, made, site.now())
    assert ping(site, f"/ping/{OTHER}").status_code == 200
    assert ping(site, f"/ping/{KEY}/db").status_code == 409
    ((other,),) = site.db.rows("SELECT job_id FROM ping_url WHERE job_id <> ?", (job.id,))
    assert site.db.rows("SELECT count(*) FROM run WHERE job_id = ?", (other,)) == [(1,)]


def test_every_job_has_a_slug_also_those_of_before(site: Site) -> None:
    make_pinged(site, job="Nächtliche Sicherung")
    with site.db.transaction():
        site.db.execute("DELETE FROM ping_slug")
        site.db.execute("DELETE FROM schema_migration WHERE name LIKE '0024%'")
    assert site.db.migrate() == ["0024_slugs"]
    assert ping_urls.slugs(site.db, [job.id for job in site.jobs()]) == {
        site.jobs()[0].id: "nachtliche-sicherung"
    }


def test_the_page_of_a_job_asks_once_how_it_is_pinged(site: Site) -> None:
    job = make_pinged(site)
    assert ping_starts.of_page(site.db, job) == ("db", ping_starts.Count())
    ping(site)
    assert ping_starts.of_page(site.db, job) == ("db", ping_starts.Count(1, site.now(), True))
    assert ping_starts.of_page(site.db, 10**9) == ("", ping_starts.Count())


def test_with_a_job_and_an_account_goes_what_pings_it(site: Site) -> None:
    site.account("acme")
    make_key(site, account="acme")
    jobs_ = [make_pinged(site), make_pinged(site, account="acme", uuid=OTHER, token="other")]
    for job, account in zip(jobs_, ("main", "acme"), strict=True):
        fresh = badges.fresh(site.config)
        owner = id_of(site.db, account)
        of = badges.of_job(job)
        site.writes.run(badges.make_badge, account=owner, of=of, badge=fresh, **site.signature())
    for path in ("/start", f"/ping/{OTHER}/start"):
        assert ping(site, path).status_code == 200

    def left() -> list[int]:
        tables = ("ping_url", "ping_slug", "ping_key", "ping_start", "ping_count", "badge")
        return [site.db.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]

    assert left() == [2, 2, 1, 2, 2, 2]
    site.writes.run(delete_job, job=jobs_[0], **site.signature())
    assert ping(site).status_code == 404
    while not site.writes.run(delete_job_rows, job=jobs_[0], now=site.now())["done"]:
        pass
    assert left() == [1, 1, 1, 1, 1, 1]
    with site.db.transaction():
        site.db.execute("DELETE FROM account WHERE name = 'acme'")
    assert left() == [0, 0, 0, 0, 0, 0]


def test_of_very_long_logs_the_last_are_read(site: Site) -> None:
    make_pinged(site)
    ping(site, "/start")
    for letter in "abc":
        ping(site, "/log", body=f"{letter * 999}\n" * 3000)
    ping(site, "/1", body="end")
    (run,) = site.runs("db")
    # One of 3 MB fits beside nothing else.
    assert run.log_lines == 3001
    assert [item.run for item in site.deliveries()] == [run.id] * 5
