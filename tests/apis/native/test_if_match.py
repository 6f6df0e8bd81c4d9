"""If-Match: a change is made only while nobody else changed what it is about."""

from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.access import once
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.settings import set_job
from duplistat.services.servers.merge import merge_servers
from duplistat.services.writes import is_exclusive, name_of
from tests.apis.native.cast import Caller, first_caller
from tests.apis.native.program import PROBLEM, Program
from tests.support.alerting import Alerting
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def tag(site: Site, program: Program) -> str:
    """The ETag of a job."""
    first_caller(site).report("2026-01-28T02:00:00Z")
    return program.send("GET", "jobs/1").headers["ETag"]


def test_who_saw_what_is_there_may_change_it_and_goes_on_with_the_answer(program: Program, tag: str) -> None:
    changed = program.send("PATCH", "jobs/1", {"alias": "a"}, If_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] == program.send("GET", "jobs/1").headers["ETag"] != tag
    again = program.send("POST", "jobs/1/pause", If_Match=changed.headers["ETag"])
    assert again.status_code == 200


def test_a_change_after_somebody_elses_is_refused_and_loses_nothing(
    program: Program, site: Site, tag: str
) -> None:
    site.writes.run(set_job, job=1, changes={"notes": "by a person"}, **site.signature())
    for method, path, body in (("PATCH", "jobs/1", {"notes": "x"}), ("DELETE", "jobs/1", {})):
        late = program.send(method, path, body, If_Match=tag)
        assert (late.status_code, late.content_type) == (412, PROBLEM)
        assert late.get_json()["error"] == "PreconditionFailedError"
    assert program.read("jobs/1")["notes"] == "by a person"
    assert program.send("PATCH", "jobs/1", {"notes": "x"}, If_Match="*").status_code == 200


def test_a_report_is_nobodys_change(program: Program, site: Site, tag: str) -> None:
    Caller(site, site.key(Scope.INGEST)).report("2026-01-28T03:00:00Z", result="Warning")
    now = program.send("GET", "jobs/1").headers["ETag"]
    assert now != tag
    assert now.partition("-")[0] == tag.partition("-")[0]
    assert program.send("PATCH", "jobs/1", {"alias": "a"}, If_Match=tag).status_code == 200


@pytest.mark.parametrize("given", ['"0000000000000000-1"', 'W/"x"', "nonsense"])
def test_what_names_no_version_fits_none(program: Program, tag: str, given: str) -> None:
    assert program.send("PATCH", "jobs/1", {"alias": "a"}, If_Match=given).status_code == 412
    assert program.send("PATCH", "jobs/1", {"alias": "a"}, If_Match=f"{given}, {tag}").status_code == 200


def test_under_an_idempotency_key_what_was_refused_may_be_sent_again(program: Program, tag: str) -> None:
    body = {"alias": "a"}
    assert program.send("PATCH", "jobs/1", body, again="k", If_Match='"x"').status_code == 412
    done = program.send("PATCH", "jobs/1", body, again="k", If_Match=tag)
    assert done.status_code == 200
    # What was done is told again, although it is no longer as it was seen.
    assert program.send("PATCH", "jobs/1", body, again="k", If_Match=tag).data == done.data


def test_channels_and_rules_have_versions_too(program: Program, alerting: Alerting) -> None:
    steps = [{"minutes": 0, "channels": [alerting.channel()]}]
    made = program.send("POST", "rules", {"name": "r", "steps": steps})
    assert made.headers["ETag"] == program.send("GET", "rules/1").headers["ETag"]
    program.send("PATCH", "rules/1", {"after_fails": 2})
    assert program.send("DELETE", "rules/1", If_Match=made.headers["ETag"]).status_code == 412
    channel = program.send("GET", "channels/1").headers["ETag"]
    assert program.send("POST", "channels/1/off", If_Match=channel).status_code == 200
    assert program.send("POST", "channels/1/on", If_Match=channel).status_code == 412


def test_a_stranger_learns_nothing_by_it(program: Program, site: Site, tag: str) -> None:
    site.account("stranger")
    stranger = Program(site, account="stranger")
    answers = {
        stranger.send("PATCH", path, {"alias": "a"}, If_Match=given).data
        for path in ("jobs/1", "jobs/99")
        for given in (tag, '"x"')
    }
    assert len(answers) == 1


def test_what_takes_servers_away_is_alone_also_when_it_is_carried_out_by_another_command() -> None:
    def held(inner: Callable[..., Any]) -> bool:
        condition = {"name": name_of(inner), "arguments": {}}
        return is_exclusive(
            name_of(once.carry_out_once), {"name": name_of(once.carry_out_if), "arguments": condition}
        )

    assert held(merge_servers)
    assert not held(set_job)


@pytest.mark.parametrize("written", ["", '""', ",", "=", 'W/"=5z"', "no tag at all"])
def test_what_is_no_version_is_none_of_ours(program: Program, tag: str, written: str) -> None:
    assert tag
    assert program.send("PATCH", "jobs/1", {"notes": "x"}, If_Match=written).status_code == 412
