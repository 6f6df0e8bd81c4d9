"""What the service worker is told, and the page that it keeps."""

import json
from datetime import timedelta
from typing import Any

from tests.support.databases import statements_of
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, headline, said


def told(site: Site, **options: Any) -> dict[str, Any]:
    answer = site.app.test_client().get("/worker.js", **options)
    assert answer.mimetype == "text/javascript"
    first = answer.text.partition("\n")[0]
    content: dict[str, Any] = json.loads(first.removeprefix("self.told = ").removesuffix(";"))
    return content


def test_the_worker_is_told_where_it_is_and_which_files_a_page_needs(site: Site) -> None:
    content = told(site)
    assert (content["root"], content["offline"]) == ("/", "/offline")
    html = site.html("/offline")
    for address in content["files"]:
        assert f'"{address}"' in html
        with site.client.get(address) as response:
            assert "immutable" in response.headers["Cache-Control"]
    assert html.count('rel="stylesheet"') + html.count("<script") == 4


def test_below_a_base_path_the_worker_is_too(site: Site) -> None:
    content = told(site, environ_overrides={"SCRIPT_NAME": "/backups"})
    assert (content["root"], content["offline"]) == ("/backups/", "/backups/offline")


def test_a_browser_asks_for_the_worker_each_time(site: Site) -> None:
    assert site.client.get("/worker.js").headers["Cache-Control"] == "private, no-cache"


def test_only_who_is_signed_in_gets_a_worker(site: Site) -> None:
    assert 'data-worker="/worker.js"' in site.html("/")
    assert "data-worker" not in site.app.test_client().get("/sign-in").text


def test_the_page_says_how_jobs_were_and_when_and_leads_nowhere(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    site.fail()
    html = site.html("/offline")
    assert "Not connected; data from today 14:00 ( just now )." in said(html)
    assert headline(html) == "1 of 2 jobs needs attention"
    assert "nas-keller / paperless" in said(html)
    main = html.partition("<main")[2].partition("</main>")[0]
    assert 'href="/' not in main
    assert "<form" not in main
    assert "The source path" not in html


def test_nobody_keeps_it_but_the_worker(site: Site) -> None:
    assert site.client.get("/offline").headers["Cache-Control"] == "no-store"


def test_it_names_a_job_to_nobody_who_is_not_signed_in(site: Site) -> None:
    site.fail()
    page = site.app.test_client().get("/offline").text
    assert headline(page) == "Not connected"
    assert "paperless" not in page
    assert "jobs" not in said(page)


def test_what_a_form_did_is_still_said_after_the_worker_fetched_it(site: Site) -> None:
    site.send("/settings/me", name="Ada", language="auto", region="auto", theme="auto")
    assert "Profile saved." not in site.text("/offline")
    assert "Profile saved." in site.text("/settings/me")


def test_its_queries_are_the_same_for_many_jobs(site_on_both: Site) -> None:
    site = site_on_both
    site.fail()
    with statements_of(site.db) as few:
        site.html("/offline")
    for number in range(12):
        site.fail(job=f"job-{number}", ago=timedelta(hours=7))
    with statements_of(site.db) as many:
        site.html("/offline")
    assert len(many) == len(few)


def test_it_shows_the_accounts_of_who_is_signed_in_alone(site: Site) -> None:
    site.fail()
    with as_role(site, "admin", below_main(site, "acme")):
        assert "paperless" not in site.text("/offline")
    assert "paperless" in site.text("/offline")
