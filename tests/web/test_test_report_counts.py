"""A test report protects nothing: with it, everything that says how backups stand says the same as without."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.services.alerts.digest_rows import read_digest
from duplistat.services.alerts.evidence import read_evidence
from duplistat.services.commands import schedule_defaults
from duplistat.services.monitoring.day_sums import sum_noted
from duplistat.services.monitoring.doctor import examine
from duplistat.services.reports.test_report import JOB, SERVER
from duplistat.store.totals import DAY_MS
from tests.web.alerts.site import channel, rule
from tests.web.site import Site, headline, said
from tests.web.test_wall import link, shown

Asked = Callable[[Site], Any]


def config_of(site: Site) -> Config:
    context: Context = site.app.extensions[KEY]
    return context.config


def sum_days(site: Site) -> None:
    while sum_noted(site.db, site.writes, lambda: to_ms(site.now)):
        pass


def digest(site: Site) -> Any:
    """Of now, and of the day before."""
    now = to_ms(site.now)
    return [
        read_digest(
            site.db,
            (1,),
            schedule_defaults(config_of(site)),
            name="daily",
            account="main",
            period="day",
            from_at=end - DAY_MS,
            until_at=end,
            now=now,
        )
        for end in (now, now - 1)
    ]


def evidence(site: Site) -> Any:
    now = to_ms(site.now)
    found = read_evidence(
        site.db,
        (1,),
        schedule_defaults(config_of(site)),
        account="main",
        begin=now - DAY_MS,
        end=now,
        now=now,
    )
    return found.head, [facts["name"] for facts in found.jobs], found.tail


def examined(site: Site) -> Any:
    return [
        one.says for one in examine(site.db, config_of(site), None, to_ms(site.now)) if one.what == "rules"
    ]


def overview(site: Site) -> Any:
    html = site.html("/")
    live = site.client.get("/live", headers={"Accept": "application/json"}).get_json()
    changed = re.search("Since you last looked[^<]*(<.*?</p>)?", html, re.DOTALL)
    return (
        headline(html),
        re.findall("<title>.*?</title>", html),
        live["title"],
        changed and words_of(changed[0]),
    )


def words_of(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def server_total(site: Site) -> Any:
    html = site.html("/servers")
    return words_of(html.partition("<tfoot>")[2].partition("</tfoot>")[0]), words_of(
        html.partition("<table")[0]
    )


def on_wall(site: Site) -> Any:
    # But for when the latest report arrived.
    return said(shown(site, link(site))).partition("last report")[0]


def calendar(site: Site) -> Any:
    return re.findall(r'title="(\d+ \w+: [^"]*)"', site.html("/calendar"))


def day(site: Site) -> Any:
    # Below what can be chosen.
    return site.text(f"/calendar?day={site.now:%Y-%m-%d}").partition("Nov 2026")[2]


def trends(site: Site) -> Any:
    series = site.client.get("/trends/series.json?range=30").get_json()
    return [series[name] for name in ("size", "runs", "uploaded", "files", "duration")]


def partners(site: Site) -> Any:
    return site.text("/partners"), site.html("/partners.csv")


def coverage(site: Site) -> Any:
    return site.text("/alerts/rules/coverage"), site.text("/alerts/rules")


def metrics(site: Site) -> Any:
    lines = site.html("/metrics").splitlines()
    return [line for line in lines if line.startswith(("duplistat_job", "duplistat_servers"))]


@pytest.mark.parametrize(
    "asked",
    [
        overview, server_total, on_wall, calendar, day, trends, partners, digest, evidence, examined, coverage,
        metrics,
    ],
)  # fmt: skip
def test_a_test_report_changes_no_number(site: Site, asked: Asked) -> None:
    # Of one job alone somebody would be told.
    rule(site, channel(site), match={"jobs": [1]})
    site.report()
    site.fail(ago=timedelta(hours=3))
    site.html("/")
    site.now += timedelta(hours=1)
    sum_days(site)
    before = asked(site)
    site.send("/test-report")
    sum_days(site)
    # This also takes the message that it was recorded.
    assert SERVER in site.text("/")
    assert asked(site) == before


def test_its_own_server_and_job_show_it(site: Site) -> None:
    site.send("/test-report")
    sum_days(site)
    number = f"{site.now:%Y-%m-%d}"
    assert f"{SERVER} / {JOB} OK" in site.text(f"/calendar?server=1&day={number}")
    assert site.client.get("/trends/series.json?server=1").get_json()["runs"][-1] == 1
    # For programs it is a job like any other.
    summary = site.client.get("/api/summary").get_json()
    assert (summary["totalServers"], summary["totalBackups"], summary["okJobs"]) == (1, 1, 1)
