"""Channels that do not deliver: noticed, told by others and never by themselves, healed."""

import json

import pytest

from duplistat.core.i18n import Text, stored
from duplistat.core.reason import load
from duplistat.core.reason_words import words
from duplistat.services.alerts.broken import NO_MAIL_SERVER, check_channels, heal
from duplistat.store import channels, problems
from duplistat.store.problems import of_channel
from tests.support.outgoing import Outgoing
from tests.support.site import Site


@pytest.fixture
def outgoing(site: Site) -> Outgoing:
    return Outgoing(site)


def check(outgoing: Outgoing, *, mail: bool = True) -> list[int]:
    return outgoing.site.writes.run(check_channels, mail=mail, now=outgoing.now())


def told_by(outgoing: Outgoing) -> list[tuple[str, str]]:
    """(channel, kind) of what waits about channels."""
    return [
        (notice.channel or "admins", notice.kind)
        for notice in outgoing.waiting()
        if json.loads(notice.facts)["details"].get("channel")
    ]


def is_open(outgoing: Outgoing, channel: int) -> bool:
    return problems.open_of(outgoing.db, of_channel(channel), "channel") is not None


def broken_channel(outgoing: Outgoing) -> tuple[int, int]:
    """A channel that is dead with a notice that waits for it, and another one of the same rule."""
    dead, living = outgoing.channel("dead"), outgoing.channel("living")
    outgoing.rule("all", dead, living)
    outgoing.notice(dead, outgoing.problem())
    outgoing.send("channel", code="404", answer="no such hook")
    return dead, living


def test_a_broken_channel_is_told_by_the_others_and_by_mail_but_not_by_itself(outgoing: Outgoing) -> None:
    dead, _ = broken_channel(outgoing)
    assert check(outgoing) == [dead]
    assert told_by(outgoing) == [("living", "problem"), ("admins", "problem")]
    told = json.loads(outgoing.waiting()[-1].facts)
    assert told["problems"][0]["message"] == "no such hook"
    assert (told["details"]["channel"], told["details"]["waiting"]) == ("dead", 1)


def test_who_is_reached_by_a_channel_gets_no_mail_besides(outgoing: Outgoing) -> None:
    _, living = broken_channel(outgoing)
    with outgoing.db.transaction():
        channels.update(outgoing.db, living, {"kind": "mail", "config": '{"admins": true, "to": []}'})
    check(outgoing)
    assert told_by(outgoing) == [("living", "problem")]


def test_without_a_mail_server_nobody_gets_a_mail(outgoing: Outgoing) -> None:
    broken_channel(outgoing)
    check(outgoing, mail=False)
    assert told_by(outgoing) == [("living", "problem")]


def test_a_broken_channel_is_told_once_a_day(outgoing: Outgoing) -> None:
    dead, living = broken_channel(outgoing)
    said = []
    for _ in range(5):
        check(outgoing, mail=False)
        said.append(len(told_by(outgoing)))
        if said[-1]:
            outgoing.send(by=living)
        outgoing.now.forward(hours=6)
    assert said == [1, 0, 0, 0, 1]
    assert is_open(outgoing, dead)


def test_a_channel_that_breaks_again_and_again_is_told_once_a_day(outgoing: Outgoing) -> None:
    dead, living = broken_channel(outgoing)
    check(outgoing, mail=False)
    outgoing.send(by=living)
    outgoing.notice(dead, kind="test")
    outgoing.send(by=dead)
    outgoing.send(by=living)
    assert not is_open(outgoing, dead)
    outgoing.now.forward(hours=1)
    outgoing.send("channel", by=dead)
    assert check(outgoing, mail=False) == [dead]
    assert is_open(outgoing, dead)
    assert told_by(outgoing) == []


def test_a_message_that_waits_too_long_is_a_problem_of_its_channel(outgoing: Outgoing) -> None:
    channel, other = outgoing.channel(), outgoing.channel("other")
    outgoing.rule("all", channel, other)
    notice = outgoing.notice(channel)
    outgoing.send("temporary")
    outgoing.now.forward(minutes=14)
    assert check(outgoing) == []
    outgoing.now.forward(minutes=1)
    assert check(outgoing) == [channel]
    assert told_by(outgoing)[0] == ("other", "problem")
    assert notice in outgoing.claim()
    outgoing.finish(notice, "sent")
    assert not is_open(outgoing, channel)


def test_what_is_held_back_is_not_late(outgoing: Outgoing) -> None:
    outgoing.notice(outgoing.channel(), not_before=outgoing.now() + 8 * 3_600_000)
    outgoing.now.forward(hours=7)
    assert check(outgoing) == []


def test_a_message_that_was_given_up_is_a_problem_until_another_one_goes_out(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    outgoing.notice(channel)
    outgoing.send("text")
    outgoing.send("text")
    assert check(outgoing, mail=False) == [channel]
    outgoing.now.forward(minutes=1)
    outgoing.notice(channel)
    outgoing.send()
    assert check(outgoing, mail=False) == []
    assert not is_open(outgoing, channel)


def test_a_test_that_arrives_heals_and_those_who_were_told_hear_it(outgoing: Outgoing) -> None:
    dead, living = broken_channel(outgoing)
    check(outgoing)
    for notice in outgoing.claim():
        outgoing.finish(notice, "sent")
    assert not told_by(outgoing)
    outgoing.notice(dead, kind="test")
    outgoing.send()
    assert outgoing.get_channel(dead).state == "on"
    assert told_by(outgoing) == [("living", "recovered"), ("admins", "recovered")]
    assert [notice.channel for notice in outgoing.waiting(dead)] == ["dead"]
    assert living in [outgoing.get(notice).channel_id for notice in outgoing.claim()]


def test_nobody_hears_that_a_channel_works_who_did_not_hear_that_it_was_broken(outgoing: Outgoing) -> None:
    dead, _ = broken_channel(outgoing)
    check(outgoing)
    outgoing.notice(dead, kind="test")
    outgoing.send(by=dead)
    assert told_by(outgoing) == []


def test_what_waited_goes_out_the_old_as_one_summary(outgoing: Outgoing) -> None:
    channel = outgoing.channel(state="broken")
    over, bad = outgoing.problem(), outgoing.problem()
    old = [outgoing.notice(channel, over), outgoing.notice(channel, bad)]
    outgoing.now.forward(hours=2)
    outgoing.close(over)
    new = outgoing.notice(channel, outgoing.problem())
    outgoing.notice(channel, kind="test")
    (test,) = outgoing.claim()
    outgoing.finish(test, "sent")
    assert [outgoing.state(notice) for notice in old] == [("dropped", "replaced")] * 2
    recent, summary = outgoing.waiting(channel)
    assert recent.id == new
    facts = json.loads(summary.facts)
    assert (summary.kind, summary.why, facts["total"], facts["counts"]) == (
        "summary",
        "healed",
        2,
        {"failed": 1},
    )
    assert [problem["id"] for problem in facts["problems"]] == [bad.id, over.id]
    assert outgoing.send() == outgoing.send() == "sent"
    assert outgoing.waiting() == []


def test_a_summary_of_what_is_all_over_goes_out(outgoing: Outgoing) -> None:
    channel = outgoing.channel(state="broken")
    members = [outgoing.problem(), outgoing.problem()]
    for problem in members:
        outgoing.notice(channel, problem)
        outgoing.close(problem)
    outgoing.now.forward(hours=2)
    outgoing.notice(channel, kind="test")
    outgoing.send()
    (summary,) = outgoing.waiting()
    assert outgoing.claim() == [summary.id]


def test_mail_channels_are_broken_without_a_mail_server_and_healed_by_one(outgoing: Outgoing) -> None:
    channel = outgoing.channel("admins", kind="mail")
    assert check(outgoing, mail=False) == [channel]
    found = outgoing.get_channel(channel)
    assert (found.state, found.state_why) == (channels.BROKEN, NO_MAIL_SERVER)
    assert check(outgoing, mail=True) == []
    assert outgoing.get_channel(channel).state == channels.ON
    assert not is_open(outgoing, channel)


def test_whoever_is_told_of_a_channel_that_works_again_meanwhile_hears_that_too(outgoing: Outgoing) -> None:
    dead, living = broken_channel(outgoing)
    check(outgoing, mail=False)
    (notice,) = outgoing.claim()
    found = outgoing.get_channel(dead)
    with outgoing.db.transaction():
        heal(outgoing.db, found, outgoing.now())
    assert not is_open(outgoing, dead)
    outgoing.finish(notice, "sent")
    assert ("living", "recovered") in told_by(outgoing)
    assert living


def test_why_a_channel_does_not_deliver_is_kept_with_its_problem_as_it_is_now_and_once_it_is_over(
    outgoing: Outgoing,
) -> None:
    dead, _ = broken_channel(outgoing)
    check(outgoing)
    problem = problems.open_of(outgoing.db, of_channel(dead), "channel")
    assert problem is not None
    assert words(load(problem.reason), outgoing.now()) == ["No such hook"]
    with outgoing.db.transaction():
        channels.update(outgoing.db, dead, {"state_why": stored(Text("so {name}", name="gone"))})
    check(outgoing)
    assert words(load(outgoing.problem_now(problem.id).reason), outgoing.now()) == ["So gone"]
    outgoing.notice(dead, kind="test")
    outgoing.send(by=dead)
    ended = outgoing.problem_now(problem.id)
    assert ended.closed_at is not None
    assert words(load(ended.reason), outgoing.now()) == ["So gone"]
