"""The decision table: what is told of a problem, to whom, and when; through uploads, the router and real rows."""

import json
from typing import Any

import pytest

from duplistat.core.alerts.notice import NoticeFacts
from duplistat.core.times import from_ms, iso_ms
from duplistat.services.alerts.acknowledge import acknowledge
from duplistat.services.alerts.silences import end_silence
from duplistat.store import audit, notices
from tests.support.alerting import Alerting, Message
from tests.support.silences import set_silence
from tests.support.site import Site


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def fail(alerting: Alerting, times: int = 1, **more: str) -> None:
    for _ in range(times):
        alerting.site.now.forward(minutes=1)
        alerting.run("Fatal", **more)


def succeed(alerting: Alerting, times: int = 1, **more: str) -> None:
    for _ in range(times):
        alerting.site.now.forward(minutes=1)
        alerting.run("Success", **more)


def test_a_failure_is_told_once_and_so_is_its_end(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    fail(alerting)
    assert alerting.tick() == [Message("ops", "problem", "first", ("Documents",))]
    assert alerting.tick() == []
    fail(alerting)
    assert alerting.tick() == []
    succeed(alerting)
    assert alerting.tick() == [Message("ops", "recovered", "recovered", ("Documents",))]
    succeed(alerting)
    assert alerting.tick() == []
    (problem,) = alerting.problems()
    assert (problem.kind, problem.fails, problem.closed_how) == ("failed", 2, "good")


def test_a_success_is_told_nobody(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    succeed(alerting, 3)
    assert alerting.tick() == []
    assert alerting.problems() == []


def test_a_rule_after_three_failures_tells_at_the_third(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), after_fails=3)
    told = []
    for _ in range(4):
        fail(alerting)
        told.append(alerting.tick())
    assert told == [[], [], [Message("ops", "problem", "fails", ("Documents",))], []]


def test_failures_that_a_good_run_interrupts_are_not_in_a_row(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), after_fails=3)
    for _ in range(3):
        fail(alerting, 2)
        succeed(alerting)
        assert alerting.tick() == []


def test_a_problem_that_ended_before_anybody_was_told_is_told_nobody(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), after_minutes=30)
    fail(alerting)
    assert alerting.tick() == []
    alerting.site.now.forward(minutes=20)
    succeed(alerting)
    alerting.site.now.forward(minutes=20)
    assert alerting.tick() == []


def test_a_problem_of_half_an_hour_is_told(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), after_minutes=30)
    fail(alerting)
    assert alerting.tick() == []
    alerting.site.now.forward(minutes=30)
    assert alerting.tick() == [Message("ops", "problem", "minutes", ("Documents",))]


def test_each_failure_is_told_where_a_rule_wants_that(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), each=True)
    told = []
    for _ in range(3):
        fail(alerting)
        told.append([message.kind for message in alerting.tick()])
    assert told == [["problem"], ["each"], ["each"]]


def test_a_graver_state_is_told_at_once_and_a_lesser_one_is_not(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), match={"kinds": ["warning", "failed"]})
    alerting.run("Warning")
    assert alerting.kinds() == [("ops", "problem")]
    fail(alerting)
    assert alerting.kinds() == [("ops", "worse")]
    alerting.site.now.forward(minutes=1)
    alerting.run("Warning")
    assert alerting.kinds() == []
    assert alerting.problem().kind == "failed"
    succeed(alerting)
    assert alerting.kinds() == [("ops", "recovered")]


def test_recovery_after_three_good_runs(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), recover=3)
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    succeed(alerting, 2)
    assert alerting.kinds() == []
    fail(alerting)
    succeed(alerting, 2)
    assert alerting.kinds() == []
    succeed(alerting)
    assert alerting.kinds() == [("ops", "recovered")]
    assert len(alerting.problems()) == 1


def test_a_rule_without_recovery_tells_none(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), recover=0)
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    succeed(alerting)
    assert alerting.kinds() == []


def test_reminders_come_until_it_is_over_or_acknowledged(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), remind_hours=4, remind_times=2)
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    told = []
    for _ in range(16):
        alerting.site.now.forward(hours=1)
        told.append(alerting.kinds())
    assert [hour + 1 for hour, messages in enumerate(told) if messages] == [4, 8]
    assert told[3] == [("ops", "reminder")]


def test_whoever_was_told_hears_of_the_end_and_no_other(alerting: Alerting) -> None:
    ops, boss = alerting.channel("ops"), alerting.channel("boss")
    alerting.rule(steps=[{"minutes": 0, "channels": [ops]}, {"minutes": 60, "channels": [boss]}])
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    succeed(alerting)
    assert alerting.kinds() == [("ops", "recovered")]
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    alerting.site.now.forward(minutes=61)
    assert alerting.kinds() == [("boss", "step")]
    succeed(alerting)
    assert sorted(alerting.kinds()) == [("boss", "recovered"), ("ops", "recovered")]


def test_two_rules_with_one_channel_tell_it_once(alerting: Alerting) -> None:
    ops = alerting.channel()
    alerting.rule(ops, name="one")
    alerting.rule(ops, name="two")
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    succeed(alerting)
    assert alerting.kinds() == [("ops", "recovered")]


def test_a_notice_that_waits_is_taken_back_when_it_is_over(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    fail(alerting)
    alerting.tick(deliver=False)
    succeed(alerting)
    assert alerting.kinds() == []
    (problem,) = alerting.problems()
    assert problem.next_at is None


def test_a_paused_job_neither_tells_again_nor_loses_its_end(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), remind_hours=1)
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    alerting.site.set_job(alerting.site.job(), paused=True)
    alerting.site.now.forward(hours=5)
    assert alerting.kinds() == []
    alerting.site.set_job(alerting.site.job(), paused=False)
    assert alerting.kinds() == [("ops", "reminder")]
    succeed(alerting)
    assert alerting.kinds() == [("ops", "recovered")]


def test_the_fourth_opening_within_a_day_is_told_as_unsteady_until_it_is_steady(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    told = []
    for _ in range(6):
        fail(alerting)
        told += [(message.kind, message.why) for message in alerting.tick()]
        succeed(alerting)
        told += [(message.kind, message.why) for message in alerting.tick()]
    assert told == [("problem", "first"), ("recovered", "recovered")] * 3 + [("problem", "unsteady")]
    succeed(alerting, 2)
    assert [(message.kind, message.why) for message in alerting.tick()] == [("recovered", "steady")]


def test_jobs_of_one_server_are_told_together(site: Site) -> None:
    alerting = Alerting(site, gather_seconds=60)
    alerting.rule(alerting.channel())
    for number in range(4):
        fail(alerting, job=f"job {number}")
    # The first of them waits no longer, and takes the others with it.
    assert alerting.kinds() == [("ops", "summary")]
    assert alerting.kinds() == []
    for number in range(4):
        succeed(alerting, job=f"job {number}")
    assert alerting.kinds() == [("ops", "recovered")]


def test_a_thousand_failures_are_at_most_three_messages_and_so_are_their_ends(site: Site) -> None:
    alerting = Alerting(site)
    alerting.rule(alerting.channel())
    told: list[str] = []
    for batch in range(6):
        for number in range(20):
            alerting.run(
                "Fatal", job=f"job {batch}-{number}", server=f"server-{number}", machine=f"m{number}"
            )
        site.now.forward(seconds=10)
        told += [message.kind for message in alerting.tick()]
    site.now.forward(minutes=16)
    told += [message.kind for message in alerting.tick()]
    assert told == ["summary", "summary"]
    ends: list[str] = []
    for batch in range(6):
        for number in range(20):
            alerting.run(
                "Success", job=f"job {batch}-{number}", server=f"server-{number}", machine=f"m{number}"
            )
        site.now.forward(seconds=10)
        ends += [message.kind for message in alerting.tick()]
    assert ends == ["recovered"]
    (last, *_) = notices.page(site.db, site.everyone)
    assert len(notices.members(site.db, last.id)) == 120
    assert alerting.problems(open_only=True) == []


def test_a_storm_while_problems_are_gathered_names_each_of_them_once(site: Site) -> None:
    alerting = Alerting(site, gather_seconds=60)
    alerting.rule(alerting.channel())
    for number in range(12):
        alerting.run("Fatal", job=f"job {number}", server=f"server-{number}", machine=f"m{number}")
    assert alerting.kinds() == []
    site.now.forward(seconds=61)
    assert alerting.kinds() == [("ops", "summary")]
    (notice,) = notices.page(site.db, site.everyone)
    assert len(notices.members(site.db, notice.id)) == 12


def test_a_storm_is_told_by_cause(site: Site) -> None:
    alerting = Alerting(site, gather_seconds=60)
    alerting.rule(alerting.channel())

    def fails(server: str, job: str, error: str) -> None:
        alerting.run("Fatal", job=job, server=server, machine=server, exception=f"System.Exception: {error}")

    for number in range(6):
        fails(f"s{number}", f"job {number}", f"disk {number} is full")
    for letter in "abcd":
        fails("mail", f"mail {letter}", f"odd {letter}")
    fails("alone", "alone", "something else")
    site.now.forward(seconds=61)
    assert alerting.kinds() == [("ops", "summary")]
    (notice,) = notices.page(site.db, site.everyone)
    facts: NoticeFacts = json.loads(notice.facts)
    assert (facts["why"], facts["cause"], facts["total"]) == ("storm", "mixed", 11)
    causes = facts["causes"]
    assert [(item["cause"], item["total"], item["counts"]) for item in causes] == [
        ("error", 6, {"failed": 6}),
        ("server", 4, {"failed": 4}),
        ("", 1, {"failed": 1}),
    ]
    assert [item["worst"]["server"] for item in causes[1:]] == ["mail", "alone"]


def test_the_problem_of_a_job_that_goes_ends_and_nobody_is_told(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    alerting.site.set_job(alerting.site.job(), archived=True)
    alerting.tick()
    alerting.close_gone()
    assert alerting.kinds() == []
    assert [problem.closed_how for problem in alerting.problems()] == ["gone"]


def test_rules_of_an_account_above_hear_of_those_below_and_not_the_other_way(alerting: Alerting) -> None:
    child = alerting.site.account("child", "main")
    alerting.rule(alerting.channel("above"))
    alerting.rule(alerting.channel("below", account=child), account=child)
    fail(alerting)
    assert alerting.kinds() == [("above", "problem")]


def test_whoever_acknowledges_is_not_reminded_until_that_ends(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel(), remind_hours=1)
    fail(alerting)
    assert alerting.kinds() == [("ops", "problem")]
    until = site.now() + 5 * 3_600_000
    site.writes.run(acknowledge, problem=alerting.problem().id, until=until, why="on it", **site.signature())
    assert site.job().snoozed(site.now())
    told = []
    for _ in range(7):
        site.now.forward(hours=1)
        told.append([message.why for message in alerting.tick()])
    assert told == [[], [], [], [], ["acknowledgement_ended"], ["reminder"], ["reminder"]]
    assert not site.job().snoozed(site.now())


def test_an_acknowledgement_is_one_entry_of_the_audit_log_that_names_the_job(alerting: Alerting) -> None:
    site = alerting.site
    fail(alerting)
    alerting.tick()
    until = site.now() + 5 * 3_600_000
    site.writes.run(acknowledge, problem=alerting.problem().id, until=until, why="on it", **site.signature())
    first = audit.page(site.db, site.everyone, audit.Filter(), before=None, limit=1)
    assert [(entry.action, entry.subject) for entry in first] == [("problem.acknowledge", "nas / Documents")]
    assert json.loads(first[0].after) == {"until": iso_ms(from_ms(until)), "why": "on it"}
    noted = audit.page(site.db, site.everyone, audit.Filter(), before=None, limit=9)
    assert [entry.action for entry in noted].count("job.set") == 0


def test_what_is_snoozed_on_the_overview_is_acknowledged(alerting: Alerting) -> None:
    alerting.rule(alerting.channel(), remind_hours=1)
    fail(alerting)
    alerting.tick()
    until = alerting.site.now() + 7_200_000
    alerting.site.set_job(alerting.site.job(), snoozed_until=until)
    assert alerting.problem().acked_until == until


def test_an_acknowledgement_does_not_hide_what_is_graver(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel(), match={"kinds": ["warning", "failed"]})
    alerting.run("Warning")
    alerting.tick()
    until = site.now() + 5 * 3_600_000
    site.writes.run(acknowledge, problem=alerting.problem().id, until=until, **site.signature())
    fail(alerting)
    assert alerting.kinds() == [("ops", "worse")]
    assert alerting.problem().acked_until is None


def test_a_silence_tells_nobody_and_what_is_wrong_at_its_end_is_told(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel())
    set_silence(site.writes, site.now())
    fail(alerting)
    fail(alerting, job="other")
    assert alerting.kinds() == []
    succeed(alerting, job="other")
    assert alerting.kinds() == []
    site.now.forward(hours=1)
    assert alerting.tick() == [Message("ops", "problem", "first", ("Documents",))]


def test_a_silence_ended_by_hand_tells_at_once_what_is_wrong(alerting: Alerting) -> None:
    site = alerting.site
    alerting.rule(alerting.channel())
    number = set_silence(site.writes, site.now())
    fail(alerting)
    assert alerting.kinds() == []
    assert site.writes.run(end_silence, silence=number, **site.signature())
    assert alerting.kinds() == [("ops", "problem")]


def test_quiet_hours_hold_and_sum_up_what_is_wrong_at_their_end(alerting: Alerting) -> None:
    site = alerting.site
    night = {"windows": [{"from": "22:00", "until": "06:00"}], "except_tags": ["critical"]}
    alerting.rule(alerting.channel(zone="Europe/Berlin"), quiet=night)
    site.now.set("2026-03-28T22:30:00Z")
    for job in ("one", "two", "three"):
        alerting.run("Fatal", job=job, server=f"server of {job}", machine=job)
    alerting.run("Success", job="vital", server="vital", machine="vital")
    site.set_job(site.job("vital"), tags=["critical"])
    site.now.forward(minutes=5)
    alerting.run("Fatal", job="vital", server="vital", machine="vital")
    assert alerting.tick() == [Message("ops", "problem", "first", ("vital",))]
    site.now.forward(minutes=5)
    alerting.run("Success", job="two", server="server of two", machine="two")
    # In that night the clock goes from 2 to 3: it is 6 o'clock at 4:00 UTC.
    site.now.set("2026-03-29T03:59:00Z")
    assert alerting.tick() == []
    site.now.set("2026-03-29T04:00:00Z")
    (message,) = alerting.tick()
    assert (message.kind, message.why, message.jobs) == ("summary", "quiet_over", ("one", "three"))


def told_facts(alerting: Alerting) -> dict[str, Any]:
    """The facts of the one message that is made now."""
    assert len(alerting.tick()) == 1
    facts: dict[str, Any] = json.loads(notices.page(alerting.site.db, alerting.site.everyone)[0].facts)
    return facts


def test_jobs_of_several_servers_that_store_at_one_host_are_one_message_that_names_it(
    alerting: Alerting,
) -> None:
    alerting.rule(alerting.channel())
    for number, suffix in enumerate([".example.net", ".Example.net", ".example.net"]):
        alerting.run(
            "Fatal",
            job=f"job {number}",
            server=f"server-{number}",
            machine=f"m{number}",
            extra={"destination-type": "s3", "destination-host-suffix": suffix},
        )
    facts = told_facts(alerting)
    assert (facts["cause"], facts["cause_name"].casefold(), facts["total"]) == (
        "destination",
        "example.net",
        3,
    )


def test_jobs_that_store_on_disks_have_no_destination_in_common(alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    for number in range(3):
        alerting.run(
            "Fatal",
            job=f"job {number}",
            server=f"server-{number}",
            machine=f"m{number}",
            extra={"destination-type": "file"},
        )
    alerting.tick()
    told = notices.page(alerting.site.db, alerting.site.everyone)
    assert {json.loads(notice.facts)["cause"] for notice in told} <= {"", "error"}


@pytest.mark.parametrize("heard", [False, True])
def test_of_a_silent_server_it_is_told_since_when_unless_it_was_heard_of_since(
    alerting: Alerting, heard: bool
) -> None:
    site = alerting.site
    alerting.rule(alerting.channel())
    for name in ("Documents", "Photos"):
        alerting.run(job=name)
    last = site.now()
    for job in site.jobs():
        site.set_job(job, schedule="daily 02:00", schedule_zone="UTC")
    site.now.forward(days=2)
    site.sweep()
    if heard:
        site.now.forward(minutes=1)
        alerting.run(job="Documents", operation="Test")
    facts = told_facts(alerting)
    assert (facts["cause"], facts["counts"]) == ("silent_server", {"overdue": 2})
    assert facts["details"].get("since") == (None if heard else last)
