"""One change of many jobs: each for itself, and told of each whether it was made."""

import json

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.bulk import AT_ONCE, BulkChanges, Refused, set_jobs
from duplistat.store import archived_jobs, jobs
from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.site import Site

NAMES = ("documents", "music", "photos")


@pytest.fixture
def three(site: Site) -> Site:
    for name in NAMES:
        site.record(duplicati("2026-01-28T02:00:00Z", job=name))
    return site


def change(site: Site, changes: BulkChanges, *numbers: int, sees: tuple[int, ...] = (1,)) -> list[Refused]:
    return site.writes.run(
        set_jobs,
        jobs=[*(numbers or (job.id for job in site.jobs()))],
        sees=[*sees],
        changes=changes,
        **site.signature(),
    )


def tags(site: Site) -> list[list[str]]:
    return [json.loads(site.job(name).tags) for name in NAMES]


def test_tags_are_added_and_removed_and_the_others_stay(three: Site) -> None:
    three.set_job(three.job("music"), tags=["old", "b"])
    assert change(three, {"add_tags": ["b", " c "], "remove_tags": ["old"]}) == []
    assert tags(three) == [["b", "c"], ["b", "c"], ["b", "c"]]
    assert change(three, {"remove_tags": [" b", "c"]}) == []
    assert tags(three) == [[], [], []]


def test_one_that_cannot_be_changed_stays_as_it_was_and_the_others_are_changed(three: Site) -> None:
    three.set_job(three.job("music"), tags=[f"tag {number}" for number in range(20)])
    (refused,) = change(three, {"add_tags": ["one more"], "changes": {"paused": True}})
    assert (refused["job"], refused["field"]) == (three.job("music").id, "tags")
    assert refused["text"] == ["a job has at most {most} tags", {"most": 20}]
    assert [three.job(name).paused for name in NAMES] == [1, 0, 1]


def test_an_interval_counts_from_the_latest_run_of_each(three: Site) -> None:
    three.record(duplicati("2026-01-28T05:30:00Z", job="music"))
    assert change(three, {"schedule": "every 6h", "zone": "Europe/Berlin"}) == []
    assert [three.job(name).schedule_zone for name in NAMES] == ["Europe/Berlin"] * 3
    schedules = [three.job(name).schedule for name in NAMES]
    assert schedules[0] == schedules[2] != schedules[1]
    change(three, {"schedule": "auto"})
    assert [three.job(name).schedule for name in NAMES] == [None] * 3


def test_what_is_not_there_and_what_is_of_others_is_refused_alike(three: Site) -> None:
    theirs = site_of_others(three)
    refused = change(three, {"changes": {"archived": True}}, 10**9, theirs, three.job("music").id)
    assert [one["text"] for one in refused] == ["job not found: it was deleted"] * 2
    found = jobs.by_ids(three.db, [theirs])[theirs]
    assert found.archived_at is None
    assert [job.name for job in archived_jobs.visible(three.db, (1,))] == ["music"]
    assert archived_jobs.count(three.db, (1,)) == 1


def site_of_others(site: Site) -> int:
    """A job of another account."""
    site.account("stranger")
    headers = {"X-Api-Key": site.key(Scope.INGEST, account="stranger")}
    site.record(duplicati("2026-01-28T02:00:00Z", job="theirs", machine="m-theirs"), headers=headers)
    return site.job("theirs").id


def test_no_more_than_some_are_changed_in_one_transaction(three: Site) -> None:
    with pytest.raises(DuplistatError, match="at most 100 jobs"):
        change(three, {"changes": {"paused": True}}, *range(1, AT_ONCE + 2))


def test_each_job_costs_the_same_few_statements(three: Site) -> None:
    with statements_of(three.db) as one:
        change(three, {"changes": {"grace_ms": 60_000}}, three.job("music").id)
    with statements_of(three.db) as two:
        change(three, {"changes": {"grace_ms": 120_000}}, three.job("photos").id, three.job("documents").id)
    assert len(two) <= 2 * len(one)
