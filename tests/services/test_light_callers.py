"""Who sends little of a large limit takes no tokens."""

import pytest

from duplistat.core.bucket import Limit
from duplistat.services.access import light_callers
from duplistat.services.access.light_callers import MINUTE_MS, LowVolumeExemption
from duplistat.services.access.rate_limits import Bucket


def bucket(per_minute: int, name: str = "a") -> Bucket:
    return Bucket(name, Limit(per_minute, per_minute))


def spared(many: LowVolumeExemption, wanted: Bucket, count: int, now: int = 0) -> int:
    """How many of some requests needed no token."""
    return sum(many.unless_few(wanted, now) is None for _ in range(count))


def test_a_part_of_a_large_limit_is_free_each_minute_and_for_each_name() -> None:
    many = LowVolumeExemption()
    assert spared(many, bucket(12_000), 500) == 375
    assert spared(many, bucket(12_000, "b"), 500) == 375
    assert spared(many, bucket(12_000), 500, MINUTE_MS - 1) == 0
    assert spared(many, bucket(12_000), 500, MINUTE_MS) == 375


def test_of_a_small_limit_each_takes_its_token() -> None:
    assert spared(LowVolumeExemption(), bucket(999), 10) == 0
    assert LowVolumeExemption().unless_few(None, 0) is None


def test_no_more_names_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light_callers, "REMEMBERED", 3)
    many = LowVolumeExemption()
    assert [spared(many, bucket(12_000, name), 1) for name in "abcd"] == [1, 1, 1, 0]
