"""A bucket lets a burst through, then so many a minute, however it is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.bucket import CLOCKS_DIFFER_US, MINUTE_US, Limit, take

NOW = 1_770_000_000_000_000
LIMITS = st.builds(Limit, per_minute=st.integers(1, 1_000_000), burst=st.integers(1, 1000))
# Small ones, so that a few takes empty the bucket.
TIGHT = st.builds(Limit, per_minute=st.integers(1, 5000), burst=st.integers(1, 6))
STEPS = st.lists(st.one_of(st.just(0), st.integers(0, 2_000_000), st.integers(0, 200_000_000)), max_size=60)


def one_of(limit: Limit) -> int:
    """In how many microseconds a token comes back."""
    return -(-MINUTE_US // limit.per_minute)


def accepted(limit: Limit, times: list[int], full_at: int = 0) -> list[int]:
    """At which of these times a token was there."""
    found = []
    for now in times:
        full_at, wait = take(full_at, now, limit)
        if not wait:
            found.append(now)
    return found


def along(steps: list[int]) -> list[int]:
    times = [NOW]
    for step in steps:
        times.append(times[-1] + step)
    return times


@given(LIMITS)
def test_a_new_bucket_has_exactly_a_burst(limit: Limit) -> None:
    assert len(accepted(limit, [NOW] * (limit.burst + 3))) == limit.burst


@given(TIGHT, STEPS)
def test_in_every_window_no_more_than_a_burst_and_the_rate_of_the_window_is_let_in(
    limit: Limit, steps: list[int]
) -> None:
    found = accepted(limit, along(steps))
    for first, began in enumerate(found):
        for last, ended in enumerate(found[first:], first):
            assert (last - first + 1 - limit.burst) * MINUTE_US <= limit.per_minute * (ended - began)


@given(TIGHT, st.lists(st.integers(0, CLOCKS_DIFFER_US), min_size=1, max_size=80))
def test_so_it_is_for_times_that_come_in_any_order_within_what_clocks_may_differ(
    limit: Limit, offsets: list[int]
) -> None:
    found = sorted(accepted(limit, [NOW + offset for offset in offsets]))
    for first, began in enumerate(found):
        for last, ended in enumerate(found[first:], first):
            assert (last - first + 1 - limit.burst) * MINUTE_US <= limit.per_minute * (ended - began)


@given(LIMITS, st.integers(0, 2 * NOW))
def test_a_wait_is_never_negative_and_never_longer_than_clocks_may_differ_and_a_token_takes(
    limit: Limit, full_at: int
) -> None:
    after, wait = take(full_at, NOW, limit)
    assert 0 <= wait <= one_of(limit) + CLOCKS_DIFFER_US
    assert after <= NOW + one_of(limit) * limit.burst + CLOCKS_DIFFER_US


@given(LIMITS, st.integers(0, 2 * NOW))
def test_whoever_waits_exactly_as_long_as_told_gets_a_token(limit: Limit, full_at: int) -> None:
    after, wait = take(full_at, NOW, limit)
    assert take(after, NOW + wait, limit)[1] == 0 or wait == 0


@given(LIMITS, st.integers(NOW, NOW + 10**12))
def test_a_microsecond_before_there_is_none(limit: Limit, full_at: int) -> None:
    after, wait = take(full_at, NOW, limit)
    if wait > 1:
        assert take(after, NOW + wait - 1, limit) == (after, 1)


@given(TIGHT, STEPS, st.integers(0, 10**15), STEPS)
def test_when_the_clock_goes_back_the_bucket_is_at_worst_empty(
    limit: Limit, before: list[int], back: int, after: list[int]
) -> None:
    full_at = 0
    for now in along(before):
        full_at, _ = take(full_at, now, limit)
    now = along(before)[-1] - back
    full_at, wait = take(full_at, now, limit)
    full_at, again = take(full_at, now + wait, limit)
    assert wait == 0 or again == 0
    last = now + wait
    found = accepted(limit, [last + time - NOW for time in along(after)], full_at)
    assert len(found) <= limit.burst + limit.per_minute * sum(after) / MINUTE_US


@given(LIMITS, st.integers(0, 2 * NOW))
def test_to_be_refused_costs_nothing(limit: Limit, full_at: int) -> None:
    after, wait = take(full_at, NOW, limit)
    if wait:
        assert take(after, NOW, limit) == (after, wait)


@given(LIMITS, st.integers(1, 1000))
def test_a_bucket_that_rests_until_it_is_full_has_a_burst_again(limit: Limit, takes: int) -> None:
    full_at = 0
    for _ in range(takes):
        full_at, _ = take(full_at, NOW, limit)
    assert len(accepted(limit, [full_at] * (limit.burst + 1), full_at)) == limit.burst


def test_a_lower_limit_counts_from_now_on() -> None:
    full_at = 0
    for _ in range(60):
        full_at, wait = take(full_at, NOW, Limit(1, 60))
        assert wait == 0
    assert full_at == NOW + 60 * MINUTE_US
    assert take(full_at, NOW, Limit(120, 60)) == (NOW + 30_000_000, 500_000)


@pytest.mark.parametrize(
    ("per_minute", "wait"), [(1, 60_000_000), (7, 8_571_429), (120, 500_000), (10**6, 60)]
)
def test_a_token_comes_back_at_the_rate(per_minute: int, wait: int) -> None:
    full_at, _ = take(0, NOW, Limit(per_minute, 1))
    assert take(full_at, NOW, Limit(per_minute, 1)) == (full_at, wait)


def test_a_burst_of_none_is_one() -> None:
    assert len(accepted(Limit(60, 0), [NOW] * 3)) == 1
