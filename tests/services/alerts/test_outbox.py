"""A notice's life: claimed, tried, put back, sent, given up; and what it leaves behind."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from duplistat.core.alerts.problem import Closed, Problem, close
from duplistat.core.errors import DuplistatError
from duplistat.services.alerts.by_hand import drop_notice, retry_notice
from duplistat.services.alerts.outbox import CLAIM_MS, give_up, release
from duplistat.store import channels, notices, outbox, problems, told
from tests.support.databases import at_once
from tests.support.outgoing import Outgoing
from tests.support.site import Site


@pytest.fixture
def outgoing(site: Site) -> Outgoing:
    return Outgoing(site)


def told_of(outgoing: Outgoing, problem: int) -> dict[int, tuple[str, int | None]]:
    known = told.of(outgoing.db, [problem])[problem]
    return {one.channel_id: (one.last_kind, one.recovered_at) for one in known}


def test_what_was_sent_is_noted_with_its_attempt_and_told(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    notice = outgoing.notice(channel, problem)
    assert outgoing.claim() == [notice]
    assert told_of(outgoing, problem.id) == {}
    assert outgoing.finish(notice, "sent", code="202", answer="queued", ms=31) == "sent"
    (attempt,) = outgoing.attempts(notice)
    assert (attempt.number, attempt.outcome, attempt.code, attempt.answer, attempt.ms) == (
        1,
        "sent",
        "202",
        "queued",
        31,
    )
    assert told_of(outgoing, problem.id) == {channel: ("problem", None)}
    after = outgoing.get_channel(channel)
    assert (after.last_ok_at, after.last_ms) == (outgoing.now(), 31)
    assert outgoing.claim() == []


@pytest.mark.parametrize("result", ["temporary", "unknown", "text", "channel"])
def test_nobody_was_told_by_what_was_not_sent(outgoing: Outgoing, result: str) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    outgoing.notice(channel, problem)
    assert outgoing.send(result) == "waiting"
    assert told_of(outgoing, problem.id) == {}


def test_a_channel_sends_one_notice_at_a_time_the_oldest_first(outgoing: Outgoing) -> None:
    one, other = outgoing.channel("one"), outgoing.channel("other")
    first, second = outgoing.notice(one), outgoing.notice(one)
    third = outgoing.notice(other)
    assert outgoing.claim("a") == [first, third]
    assert outgoing.claim("b") == []
    outgoing.finish(first, "sent", "a")
    assert outgoing.claim("b") == [second]


def test_a_busy_channel_is_left_out(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    notice = outgoing.notice(channel)
    assert outgoing.claim(busy=[channel]) == []
    assert outgoing.claim() == [notice]


def test_channels_that_answer_quickly_go_first(outgoing: Outgoing) -> None:
    slow, quick = outgoing.channel("slow", last_ms=9000), outgoing.channel("quick", last_ms=10)
    late, soon = outgoing.notice(slow), outgoing.notice(quick)
    assert outgoing.claim(limit=1) == [soon]
    assert outgoing.claim(limit=1) == [late]


def test_a_claim_that_ran_out_is_another_senders_and_its_attempt_unknown(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    notice = outgoing.notice(channel, problem)
    uid = outgoing.get(notice).uid
    outgoing.claim("killed")
    outgoing.now.forward(seconds=CLAIM_MS / 1000 - 1)
    assert outgoing.claim("b") == []
    outgoing.now.forward(seconds=1)
    assert outgoing.claim("b") == [notice]
    assert outgoing.outcomes(notice) == ["unknown", ""]
    assert outgoing.get(notice).uid == uid
    # The one that was thought to be dead says something after all: it has no say any more.
    assert outgoing.finish(notice, "sent", "killed", number=1) == "lost"
    assert outgoing.state(notice) == ("waiting", "")
    assert told_of(outgoing, problem.id) == {}
    assert outgoing.finish(notice, "sent", "b") == "sent"


def test_what_is_put_off_waits_longer_each_time(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    pauses = []
    for _ in range(4):
        outgoing.send("temporary")
        pauses.append((outgoing.get(notice).not_before - outgoing.now()) // 1000)
        assert outgoing.claim() == []
        outgoing.now.at = outgoing.get(notice).not_before
    assert pauses == [10, 60, 300, 900]
    assert outgoing.claim() == [notice]


def test_a_receiver_that_asks_to_wait_pauses_its_channel(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    first, second = outgoing.notice(channel), outgoing.notice(channel)
    test = outgoing.notice(channel, kind="test")
    outgoing.send("temporary", retry_after_ms=120_000)
    assert outgoing.get_channel(channel).paused_until == outgoing.now() + 120_000
    # But for a test, for which somebody waits.
    assert outgoing.claim() == [test]
    outgoing.finish(test, "temporary", retry_after_ms=120_000)
    outgoing.now.forward(seconds=119)
    assert outgoing.claim() == []
    outgoing.now.forward(seconds=1)
    assert outgoing.claim() == [first]
    outgoing.finish(first, "sent")
    assert outgoing.claim() == [second]


def test_a_channel_is_paused_for_hours_at_most(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    outgoing.notice(channel)
    outgoing.send("temporary", retry_after_ms=10 * 86_400_000)
    paused = outgoing.get_channel(channel).paused_until
    assert paused == outgoing.now() + 6 * 3_600_000


def test_a_text_that_is_refused_goes_out_once_more_in_the_short_one(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    assert outgoing.send("text", code="413") == "waiting"
    assert outgoing.get(notice).plain == 1
    assert outgoing.send("text", code="413") == "failed"
    assert outgoing.state(notice) == ("failed", "refused")


def test_a_dead_channel_is_broken_and_keeps_its_notices(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    notice = outgoing.notice(channel)
    assert outgoing.send("channel", code="404", answer="no such hook") == "waiting"
    found = outgoing.get_channel(channel)
    assert (found.state, found.state_why) == ("broken", "no such hook")
    outgoing.now.forward(hours=1)
    assert outgoing.claim() == []
    assert outgoing.state(notice) == ("waiting", "")


def test_the_third_403_within_an_hour_breaks_a_channel(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    states = []
    for _ in range(3):
        outgoing.notice(channel)
        outgoing.send("temporary", code="403")
        states.append(outgoing.get_channel(channel).state)
        outgoing.now.forward(seconds=1)
    assert states == ["on", "on", "broken"]


def test_403s_hours_apart_break_nothing(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    for _ in range(4):
        outgoing.notice(channel, kind="test")
        outgoing.send("temporary", code="403")
        outgoing.now.forward(hours=2)
        outgoing.send("sent")
    assert outgoing.get_channel(channel).state == "on"


def test_a_test_of_a_dead_channel_fails_at_once(outgoing: Outgoing) -> None:
    test = outgoing.notice(outgoing.channel(), kind="test")
    assert outgoing.send("channel", code="401") == "failed"
    assert outgoing.state(test) == ("failed", "channel")


def test_what_cannot_be_sent_for_three_days_is_given_up_loudly(
    outgoing: Outgoing, caplog: pytest.LogCaptureFixture
) -> None:
    notice = outgoing.notice(outgoing.channel())
    begun = outgoing.now()
    while outgoing.state(notice)[0] == "waiting":
        outgoing.now.at = max(outgoing.get(notice).not_before, outgoing.now())
        outgoing.send("temporary", answer="connection refused")
    assert outgoing.state(notice) == ("failed", "expired")
    assert 48 * 3_600_000 < outgoing.now() - begun < 72 * 3_600_000
    assert f"notice {outgoing.get(notice).uid} by channel ops was given up (expired)" in caplog.text
    assert len(outgoing.attempts(notice)) > 10


def test_what_waits_for_a_broken_channel_is_given_up_too(outgoing: Outgoing) -> None:
    channel = outgoing.channel(state="broken")
    old, reminder = outgoing.notice(channel), outgoing.notice(channel, kind="reminder")
    outgoing.now.forward(hours=13)
    assert outgoing.site.writes.run(give_up, now=outgoing.now()) == 1
    assert (outgoing.state(old)[0], outgoing.state(reminder)) == ("waiting", ("failed", "expired"))
    outgoing.now.forward(hours=60)
    assert outgoing.site.writes.run(give_up, now=outgoing.now()) == 1
    assert outgoing.state(old) == ("failed", "expired")


def test_what_was_held_back_for_days_has_its_chance(outgoing: Outgoing) -> None:
    later = outgoing.now() + 40 * 3_600_000
    notice = outgoing.notice(outgoing.channel(), kind="reminder", not_before=later)
    outgoing.now.at = later
    assert outgoing.site.writes.run(give_up, now=outgoing.now()) == 0
    assert outgoing.claim() == [notice]


def test_one_recipient_that_is_refused_takes_nothing_from_the_other(outgoing: Outgoing) -> None:
    channel = outgoing.channel(kind="mail")
    with outgoing.db.transaction():
        for address in ("good@example.org", "gone@example.org"):
            channels.add_recipient(outgoing.db, channel, address, 1)
    notice = outgoing.notice(channel)
    refused = {"gone@example.org": "550 no such user"}
    assert outgoing.send("sent", delivered=["good@example.org"], refused=refused) == "sent"
    good, gone = channels.recipients(outgoing.db, channel)
    assert (good.active, gone.active, gone.refused_why) == (True, False, "550 no such user")
    assert json.loads(outgoing.get(notice).sent_to) == ["good@example.org"]


def test_who_has_a_mail_already_does_not_get_it_again(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel(kind="mail"))
    outgoing.send("temporary", delivered=["a@example.org"])
    outgoing.now.forward(minutes=1)
    outgoing.send("sent", delivered=["b@example.org"])
    assert json.loads(outgoing.get(notice).sent_to) == ["a@example.org", "b@example.org"]


def test_who_got_a_mail_that_others_never_got_hears_of_its_end(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(kind="mail"), outgoing.problem()
    notice = outgoing.notice(channel, problem)
    outgoing.send("text", delivered=["a@example.org"])
    outgoing.close(problem)
    assert outgoing.send("text") == "sent"
    assert outgoing.state(notice) == ("sent", "refused")
    assert told_of(outgoing, problem.id) == {channel: ("problem", None)}
    assert [found.id for found in problems.due(outgoing.db, outgoing.now(), 10)] == [problem.id]


def test_an_alarm_whose_problem_closed_while_it_was_sent_brings_a_recovery(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    notice = outgoing.notice(channel, problem)
    outgoing.claim()
    outgoing.close(problem)
    assert outgoing.problem_now(problem.id).next_at is None
    outgoing.finish(notice, "sent")
    assert told_of(outgoing, problem.id) == {channel: ("problem", None)}
    # Whoever looks at due problems finds it, and tells those who were told.
    assert [found.id for found in problems.due(outgoing.db, outgoing.now(), 10)] == [problem.id]


def test_a_recovery_is_noted_for_who_was_told(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    outgoing.notice(channel, problem)
    outgoing.send()
    outgoing.close(problem)
    outgoing.notice(channel, problem, kind="recovered")
    outgoing.send()
    assert told_of(outgoing, problem.id) == {channel: ("recovered", outgoing.now())}
    assert problems.due(outgoing.db, outgoing.now(), 10) == []


def test_a_recovery_waits_for_its_alarm(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    alarm = outgoing.notice(channel, problem)
    outgoing.send("unknown")
    recovery = outgoing.notice(channel, problem, kind="recovered")
    assert outgoing.claim() == []
    outgoing.now.at = outgoing.get(alarm).not_before
    assert outgoing.claim() == [alarm]
    outgoing.finish(alarm, "sent")
    assert outgoing.claim() == [recovery]


def test_an_alarm_that_was_only_gathered_is_dropped_when_all_is_over(outgoing: Outgoing) -> None:
    problem = outgoing.problem()
    notice = outgoing.notice(outgoing.channel(), problem)
    outgoing.close(problem)
    assert outgoing.claim() == []
    assert outgoing.state(notice) == ("dropped", "over")


@pytest.mark.parametrize("tried", ["temporary", "unknown"])
def test_an_alarm_that_was_tried_goes_out_although_it_is_over_and_says_so(
    outgoing: Outgoing, tried: str
) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    notice = outgoing.notice(channel, problem)
    outgoing.send(tried)
    outgoing.close(problem)
    ended = outgoing.now()
    outgoing.now.forward(minutes=5)
    assert outgoing.claim() == [notice]
    facts = json.loads(outgoing.get(notice).facts)
    assert facts["details"]["over"] == {str(problem.id): ended}
    outgoing.finish(notice, "sent")
    # That message told both: no recovery follows.
    assert told_of(outgoing, problem.id)[channel][1] == outgoing.now()
    assert problems.due(outgoing.db, outgoing.now(), 10) == []


def test_an_alarm_that_we_were_late_with_goes_out_although_it_is_over(outgoing: Outgoing) -> None:
    problem = outgoing.problem()
    notice = outgoing.notice(outgoing.channel(), problem)
    outgoing.now.forward(minutes=10)
    outgoing.close(problem)
    assert outgoing.claim() == [notice]


def test_a_reminder_of_what_is_over_is_dropped(outgoing: Outgoing) -> None:
    channel, problem = outgoing.channel(), outgoing.problem()
    outgoing.notice(channel, problem)
    outgoing.send()
    reminder = outgoing.notice(channel, problem, kind="reminder")
    outgoing.send("temporary")
    outgoing.close(problem)
    outgoing.now.forward(minutes=5)
    assert outgoing.claim() == []
    assert outgoing.state(reminder) == ("dropped", "over")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("reminder", ("dropped", "acknowledged")),
        ("each", ("dropped", "acknowledged")),
        ("step", ("dropped", "acknowledged")),
        ("worse", ("waiting", "")),
    ],
)
def test_what_was_acknowledged_is_not_said_again(
    outgoing: Outgoing, kind: str, state: tuple[str, str]
) -> None:
    problem = outgoing.problem(acked_at=outgoing.now(), acked_until=outgoing.now() + 1)
    notice = outgoing.notice(outgoing.channel(), problem, kind=kind)
    outgoing.claim()
    assert outgoing.state(notice) == state


@pytest.mark.parametrize("kind", ["problem", "recovered"])
def test_nothing_is_told_of_a_job_that_is_gone(outgoing: Outgoing, kind: str) -> None:
    problem = outgoing.problem()
    notice = outgoing.notice(outgoing.channel(), problem, kind=kind)
    outgoing.close(problem, Closed.GONE)
    assert outgoing.claim() == []
    assert outgoing.state(notice) == ("dropped", "gone")


def test_a_channel_that_is_off_sends_a_test_and_nothing_else(outgoing: Outgoing) -> None:
    channel = outgoing.channel(state="off")
    notice, test = outgoing.notice(channel), outgoing.notice(channel, kind="test")
    assert outgoing.claim() == [test]
    assert outgoing.state(notice) == ("dropped", "channel_off")


def test_what_waits_for_a_channel_that_is_gone_is_dropped(outgoing: Outgoing) -> None:
    channel = outgoing.channel()
    notice = outgoing.notice(channel)
    outgoing.claim()
    with outgoing.db.transaction():
        channels.delete(outgoing.db, channel)
    assert outgoing.finish(notice, "sent") == "dropped"
    assert outgoing.state(notice) == ("dropped", "channel_deleted")
    assert outgoing.outcomes(notice) == ["sent"]
    other = outgoing.notice(None, channel="gone")
    outgoing.site.writes.run(give_up, now=outgoing.now())
    assert outgoing.state(other) == ("dropped", "channel_deleted")


def test_a_mail_to_the_administrators_needs_no_channel(outgoing: Outgoing) -> None:
    first, second = outgoing.notice(None), outgoing.notice(None)
    assert outgoing.claim() == [first]
    assert outgoing.finish(first, "channel") == "waiting"
    assert outgoing.claim() == [second]
    assert outgoing.finish(second, "sent") == "sent"


def test_a_sender_that_ends_lets_go_of_what_it_has(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    outgoing.claim("a")
    assert outgoing.site.writes.run(release, holder="b", now=outgoing.now()) == 0
    assert outgoing.site.writes.run(release, holder="a", now=outgoing.now()) == 1
    assert outgoing.outcomes(notice) == ["unknown"]
    outgoing.now.forward(seconds=10)
    assert outgoing.claim("b") == [notice]


def test_a_person_sends_once_more_what_failed(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    outgoing.send("text")
    outgoing.send("text")
    outgoing.site.writes.run(retry_notice, notice=notice, **outgoing.site.signature())
    assert outgoing.send() == "sent"
    with pytest.raises(DuplistatError, match="was sent already"):
        outgoing.site.writes.run(retry_notice, notice=notice, **outgoing.site.signature())


def test_one_more_try_by_a_person_is_one(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    outgoing.send("temporary")
    outgoing.now.forward(days=5)
    assert outgoing.send("temporary") == "failed"
    outgoing.site.writes.run(retry_notice, notice=notice, **outgoing.site.signature())
    assert outgoing.send("temporary") == "failed"


def test_a_person_takes_back_what_waits_but_not_what_is_being_sent(outgoing: Outgoing) -> None:
    notice = outgoing.notice(outgoing.channel())
    outgoing.claim()
    with pytest.raises(DuplistatError, match="is being sent"):
        outgoing.site.writes.run(drop_notice, notice=notice, **outgoing.site.signature())
    outgoing.finish(notice, "temporary")
    outgoing.site.writes.run(drop_notice, notice=notice, **outgoing.site.signature())
    assert outgoing.state(notice) == ("dropped", "by_hand")


def test_whoever_is_told_while_a_problem_ends_hears_of_its_end(outgoing: Outgoing) -> None:
    """Either who ends it finds who was told, or who notes that it was told finds that it is over."""
    made = []
    for number in range(20):
        channel, problem = outgoing.channel(f"channel-{number}"), outgoing.problem()
        made.append((channel, problem, outgoing.notice(channel, problem)))
    for _, _, notice in made:
        outgoing.claim()
        assert outgoing.get(notice).attempts == 1
    found: dict[int, list[int]] = {}

    def end(problem: Problem) -> None:
        """As routing does: first it is over, then whoever was told is looked up."""
        with outgoing.db.transaction():
            seen = outgoing.problem_now(problem.id)
            assert problems.save_if_unchanged(outgoing.db, close(seen, outgoing.now(), Closed.GOOD), seen)
        found[problem.id] = [one.channel_id for one in told.of(outgoing.db, [problem.id])[problem.id]]

    def call(both: Sequence[Callable[[], Any]], who: int) -> Any:
        return both[who]()

    for channel, problem, notice in made:
        both = partial(outgoing.finish, notice, "sent"), partial(end, problem)
        answers = at_once(outgoing.db, 2, partial(call, both))
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        woken = outgoing.problem_now(problem.id).next_at is not None
        assert found[problem.id] == [channel] or woken


def test_senders_that_claim_at_once_never_have_one_channel_twice(outgoing: Outgoing) -> None:
    made = [outgoing.channel(f"channel-{number}") for number in range(6)]
    for channel in made:
        for _ in range(5):
            outgoing.notice(channel)

    def work(number: int) -> list[tuple[str, int]]:
        """Claim and finish until nothing waits; (what happened, notice) in its order."""
        seen: list[tuple[str, int]] = []
        for _ in range(200):
            for notice in outgoing.claim(f"sender-{number}", limit=3):
                living = outgoing.db.rows(
                    "SELECT channel_id, count(*) FROM notice WHERE result = '' AND claimed_until > ?"
                    " GROUP BY channel_id HAVING count(*) > 1",
                    (outgoing.now(),),
                )
                assert living == []
                seen.append((outgoing.finish(notice, "sent", f"sender-{number}"), notice))
            if not outbox.due(outgoing.db, outgoing.now(), 1, []) and not outgoing.waiting():
                break
        return seen

    answers: list[Any] = at_once(outgoing.db, 4, work)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    sent = [notice for answer in answers for result, notice in answer if result == "sent"]
    assert sorted(sent) == sorted(set(sent))
    assert len(sent) == 30
    assert all(len(outgoing.attempts(notice)) == 1 for notice in sent)
    assert notices.waiting(outgoing.db).count == 0
