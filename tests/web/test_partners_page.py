"""The page over all customers, and its CSV."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.spreadsheet import cell
from duplistat.web.partners.page import MOST_ROWS
from tests.web.site import Site, said


def customers(site: Site, *names: str) -> None:
    """Accounts below `main`; the next reports go to the last of them with `give`."""
    with site.db.transaction():
        for name in names:
            number = site.db.insert(
                "INSERT INTO account (parent_id, name, path, created_at) VALUES (1, ?, '', 0) RETURNING id",
                (name,),
            )
            site.db.execute("UPDATE account SET path = ? WHERE id = ?", (f"/1/{number}/", number))


def give(site: Site, server: str, account: str) -> None:
    """A server and its jobs belong to a customer from now on."""
    (row,) = site.db.rows("SELECT id FROM account WHERE name = ?", (account,))
    site.db.execute("UPDATE server SET account_id = ? WHERE name = ?", (row[0], server))
    site.db.execute(
        "UPDATE job SET account_id = ? WHERE server_id IN (SELECT id FROM server WHERE name = ?)",
        (row[0], server),
    )


@pytest.fixture
def morning(site: Site) -> Site:
    """Three customers: one is well, one failed, one has warnings."""
    customers(site, "acme", "globex", "initech")
    site.report("a1", "photos", ago=timedelta(hours=5))
    site.fail("g1", "paperless", ago=timedelta(hours=3))
    site.report("i1", "mail", ago=timedelta(hours=2), status="warning")
    for server, account in (("a1", "acme"), ("g1", "globex"), ("i1", "initech")):
        give(site, server, account)
    return site


def test_the_worst_stands_first(morning: Site) -> None:
    text = morning.text("/partners")
    # What needs attention on the overview does so here; a warning can wait.
    assert "1 of 3 jobs needs attention" in morning.text("/")
    assert "1 of 3 customers needs attention, 1 with warnings" in text
    order = [text.index(name) for name in ("paperless", "mail", "photos")]
    assert order == sorted(order)
    assert "failed paperless Failed 3 h ago : “The source path /source" in text
    assert "globex g1 3 h ago" in text
    assert "OK photos acme a1 5 h ago" in text


def test_what_is_acknowledged_counts_in_no_headline(morning: Site) -> None:
    morning.sweep()
    morning.send("/jobs/2/acknowledge", hours="24")
    text = morning.text("/partners")
    assert "1 of 3 customers has warnings" in text
    assert "failed globex failed 1 failed (1 acknowledged) 3 h ago" in text
    assert text.index("1 warning 2 h ago") < text.index("(1 acknowledged)")
    morning.send("/jobs/3/acknowledge", hours="24")
    assert "No open problems (2 acknowledged)" in morning.text("/partners")


def test_customers_are_listed_with_what_they_have(morning: Site) -> None:
    text = morning.text("/partners")
    assert (
        "failed globex failed 1 failed 3 h ago 3 h ago 48.3 GB 21.0 GB warning initech warning 1 warning"
        in text
    )
    assert "OK acme OK 1 OK 5 h ago 48.3 GB 21.0 GB" in text
    assert '<a href="/partners/3"><bdi>globex</bdi></a>' in morning.html("/partners")


def test_a_customer_that_never_reported_is_named(morning: Site) -> None:
    customers(morning, "hooli", "kim@example.org")
    morning.db.execute(
        "INSERT INTO account_user (account_id, email, name, password_hash, role, created_at, password_at)"
        " SELECT id, 'kim@example.org', 'Kim', '!', 'contact', 0, 0 FROM account WHERE name = 'kim@example.org'"
    )
    text = morning.text("/partners")
    assert "1 of 4 customers needs attention, 1 without reports, 1 with warnings" in text
    assert "no reports yet hooli no reports yet" in text
    assert text.index("globex") < text.index("hooli") < text.index("initech")
    assert "kim" not in text


def test_a_problem_is_as_old_as_the_oldest_job_that_has_it(morning: Site) -> None:
    old = timedelta(days=57)
    morning.report("g2", "forgotten", ago=old)
    morning.fail("g2", "second", ago=timedelta(hours=9))
    morning.report("g2", "noisy", ago=timedelta(hours=30), status="warning")
    give(morning, "g2", "globex")
    page = morning.text("/partners")
    assert "failed globex failed 2 failed warning 1 warning silent without schedule 1" in page
    assert re.search(r"globex failed 2 failed .{0,80}? 9 h ago", page)
    # A job that nobody can judge has no problem that began at some time.
    for name in ("paperless", "second", "noisy"):
        morning.db.execute("DELETE FROM job WHERE name = ?", (name,))
    page = morning.text("/partners")
    assert "1 of 3 customers has warnings, 1 with silent jobs without schedule" in page
    row = page.partition("globex")[2].partition("acme")[0]
    assert "57 days ago" not in row


def test_customers_are_searched_by_name(morning: Site) -> None:
    found = morning.text("/partners?customer=GLO").partition("Backup size")[2].partition("Jobs")[0]
    assert "globex" in found
    assert "acme" not in found
    assert "No matching customers." in morning.text("/partners?customer=nobody")


def test_the_account_itself_is_told_from_its_customers(morning: Site) -> None:
    morning.fail("own", "own job")
    html = morning.html("/partners")
    assert "main (own jobs) failed 1 failed" in said(html)
    assert '<a href="/partners/1">' not in html


def test_a_page_below_another_says_what_is_above_it(morning: Site) -> None:
    with morning.db.transaction():
        morning.db.execute("UPDATE account SET parent_id = 3, path = '/1/3/4/' WHERE name = 'initech'")
    crumbs = re.findall(r'<nav class="crumbs".*?</nav>', morning.html("/partners/4"))
    assert [said(crumb) for crumb in crumbs] == ["All customers / globex"]
    assert "globex failed 1 failed" in morning.text("/partners")
    # Who drills down sees what is below, too.
    assert '<a href="/partners/4"><bdi>initech</bdi></a>' in morning.html("/partners/3")
    assert 'class="crumbs"' not in morning.html("/partners")


def test_the_partners_are_a_room_of_those_who_have_customers(site: Site) -> None:
    site.report()
    assert ">Customers</a>" not in site.html("/")
    customers(site, "acme")
    assert ">Customers</a>" in site.html("/")


def test_when_all_is_well_the_page_says_so(site: Site) -> None:
    customers(site, "acme", "globex")
    for server in ("acme", "globex"):
        site.report(server, "photos", ago=timedelta(hours=5))
        give(site, server, server)
    assert "2 customers, all jobs OK" in site.text("/partners")


def test_a_silent_job_says_since_when(morning: Site) -> None:
    morning.db.execute("UPDATE job SET due_at = 1, missed = 1, health = 'overdue' WHERE name = 'photos'")
    assert re.search(r"overdue photos Overdue.*Last backup", morning.text("/partners"))


def test_jobs_are_counted_as_on_the_overview(morning: Site) -> None:
    interrupted = morning.report("a1", "cut", status="interrupted")
    morning.db.execute("UPDATE job SET live_state = 'stuck' WHERE name = 'photos'")
    assert interrupted
    assert "Interrupted 6 h ago , after 3 min. Never backed up successfully." in morning.text("/partners")
    pages = (
        re.findall(r'<p class="counts">(.*?)</p>', morning.html(page), re.DOTALL)
        for page in ("/", "/partners")
    )
    overview, partners = (said(found[0]) for found in pages)
    assert "2 failed stalled 1 stalled" in partners
    assert overview.startswith(partners)


def test_only_one_state_can_be_shown(morning: Site) -> None:
    text = morning.text("/partners?state=warning").partition("Export CSV")[2]
    assert "mail" in text
    assert "photos" not in text
    assert morning.client.get("/partners?state=WARNING").status_code == 400


def test_one_customer_has_a_page_of_its_own(morning: Site) -> None:
    text = morning.text("/partners/3")
    assert "1 job needs attention" in text
    assert "paperless" in text
    assert "photos" not in text


@pytest.mark.parametrize("address", ["/partners/999", "/partners/999.csv"])
def test_an_account_that_is_not_there_is_not_found(morning: Site, address: str) -> None:
    assert morning.client.get(address).status_code == 404


def test_an_empty_report_says_what_to_do(site: Site) -> None:
    assert 'duplistat account create --name CUSTOMER --parent "main"' in site.html("/partners")


def rows(site: Site, address: str = "/partners.csv") -> list[dict[str, str]]:
    answer = site.client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def test_the_csv_holds_what_the_page_shows(morning: Site) -> None:
    found = rows(morning)
    assert [(row["username"], row["backupset_name"], row["condition_status"]) for row in found] == [
        ("acme", "photos", "COMPLETED"),
        ("globex", "paperless", "FAILURE"),
        ("initech", "mail", "WARNING"),
    ]
    assert [row["username"] for row in rows(morning, "/partners/3.csv")] == ["globex"]


@pytest.mark.parametrize(
    "begins",
    ["=", "+", "-", "@", "\t=", "\t", "\r", "\n", " =", "\xa0=", '"=', "|", "%", "＝", "＋", "－", "＠"],
)
def test_no_cell_is_a_formula(begins: str) -> None:
    text = cell(f"{begins}cmd|'/c calc'!A1")
    assert isinstance(text, str)
    assert text.startswith("'")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a\t@x", "a\t'@x"),
        ("a\n-x", "a\n'-x"),
        ('a";"=1', 'a";\'"=1'),
        ("a,＝1", "a,'＝1"),
        (";;=1", ";;'=1"),
    ],
)
def test_no_part_of_a_cell_is_one_where_cells_end_otherwise(name: str, safe: str) -> None:
    assert cell(name) == safe


@pytest.mark.parametrize("name", ["web-01", "a;b", "C:\\x, y", "2026-01-28T02:00:00-05:00", "100 %", "a = b"])
def test_what_is_no_formula_stays_as_it_is(name: str) -> None:
    assert cell(name) == name


def test_a_name_with_commas_quotes_and_lines_stays_one_cell(site: Site) -> None:
    name = 'a,"b"\nc;d'
    site.report("server", name)
    (row,) = rows(site)
    assert row["backupset_name"] == name


def test_a_hostile_name_is_text_on_the_page(site: Site) -> None:
    site.report("<script>alert(1)</script>", "\u202eevil" + "x" * 300)
    html = site.html("/partners")
    assert "<script>" not in html
    assert "⟪U+202E⟫" in html


def test_a_page_is_bounded_and_says_what_is_left_out(site: Site) -> None:
    for number in range(MOST_ROWS + 2):
        site.report("server", f"job {number}")
    text = site.text("/partners")
    assert "2 more jobs: the CSV has all of them." in text
    assert len(rows(site)) == MOST_ROWS + 2


def test_the_page_asks_the_database_no_more_for_more_jobs(site: Site, counted: Callable[[str], int]) -> None:
    site.report("server", "job")
    few = counted("/partners")
    for number in range(20):
        site.report("server", f"job {number}")
    assert counted("/partners") == few


def test_the_times_of_its_reasons_are_told_by_the_clock_of_who_reads_them(site: Site) -> None:
    site.fail()
    why = site.html("/partners").partition('<p class="said" dir="auto">')[2].partition("</p>")[0]
    assert why.startswith("Failed <time datetime=")
