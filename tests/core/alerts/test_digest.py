"""What a digest is made of: which jobs stand in which section, counts, and how much of it."""

from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.alerts.digest import Entry, counts_of, days_until_full, worst_of
from duplistat.core.alerts.digest_facts import DAY_MS, NONE, ORDER, DigestFacts, Part
from tests.support.digests import NOW, busy, entry, failed, made, silent


def kinds(facts: DigestFacts, part: Part) -> list[tuple[str, str]]:
    """(kind, name) of the lines of a section."""
    section = next(section for section in facts["sections"] if section["part"] == part)
    return [(line["kind"], line["name"]) for line in section["lines"]]


def test_what_is_failed_overdue_or_stuck_comes_first_and_in_no_other_list() -> None:
    facts = made([entry(1), silent(2), failed(3), entry(4, "warning")])
    assert kinds(facts, Part.NOW) == [("failed", "job-03"), ("overdue", "job-02")]
    assert kinds(facts, Part.REST) == [("warning", "job-04"), ("ok", "job-01")]


def test_sections_come_in_their_order_each_with_its_total() -> None:
    facts = busy()
    assert [section["part"] for section in facts["sections"]] == list(Part)
    rest = facts["sections"][-1]
    assert (rest["total"], len(facts["sections"][0]["lines"])) == (46, 4)


def test_a_long_section_keeps_its_first_lines_and_says_how_many_there_are() -> None:
    facts = made([failed(number) for number in range(70)])
    now = facts["sections"][0]
    assert (now["total"], len(now["lines"])) == (70, 50)


def test_an_archived_job_is_gone_and_does_not_count() -> None:
    facts = made([entry(1), entry(2, archived_at=NOW - 1000), entry(3, archived_at=NOW - 9 * DAY_MS)])
    assert facts["total"] == 1
    assert kinds(facts, Part.CHANGED) == [("archived", "job-02")]
    assert kinds(facts, Part.REST) == [("ok", "job-01")]


def test_small_changes_of_size_are_not_told() -> None:
    tiny, small_part = entry(1, size=1000, size_then=90_000), entry(2, size_then=48_000_000_000)
    assert kinds(made([tiny, small_part]), Part.CHANGED) == []
    assert kinds(made([entry(3, storage=0, storage_then=10**9)]), Part.CHANGED) == [("storage", "job-03")]


def test_a_proof_counts_once_a_job_and_an_old_one_as_old() -> None:
    both = entry(1, restored_at=NOW - 1000)
    old = entry(2, verify_at=NOW - 91 * DAY_MS)
    wrong = entry(3, verify_failed=True)
    facts = made([both, old, wrong])
    assert facts["proofs"] == {"proven": 1, "failed": 1, "old": 1, "never": 1}
    assert kinds(facts, Part.PROVEN) == [("verification_failed", "job-03"), ("restore", "job-01")]


def test_of_a_time_that_is_over_nothing_is_told_that_is_so_now() -> None:
    facts = made(
        [failed(1, untold="below"), entry(2, maintenance_from=NOW, maintenance_until=NOW + 1000)], past=True
    )
    assert kinds(facts, Part.UNTOLD) == kinds(facts, Part.COMING) == []


def test_the_worst_of_some_days_counts_and_a_day_without_a_run_least() -> None:
    assert worst_of("ssw.s") == "warning"
    assert worst_of("slf") == "failed"
    assert worst_of("s..") == "none"
    assert worst_of("") == NONE


def test_a_destination_is_full_when_growth_has_used_what_is_free() -> None:
    grows = entry(1, storage=110, storage_then=100, quota_free=50)
    assert days_until_full(grows, DAY_MS) == 5
    assert days_until_full(entry(1, storage=100, storage_then=110, quota_free=50), DAY_MS) is None
    assert days_until_full(entry(1, quota_free=None), DAY_MS) is None


entries = st.builds(
    lambda number, health, archived: entry(number, health, archived_at=NOW - 1 if archived else None),
    st.integers(1, 10**6),
    st.sampled_from([str(health) for health in ORDER]),
    st.booleans(),
)


@given(st.lists(entries, max_size=150))
def test_each_job_that_counts_is_in_one_of_two_lists_and_in_the_counts(jobs: list[Entry]) -> None:
    facts = made(jobs)
    totals = {section["part"]: section["total"] for section in facts["sections"]}
    assert totals["now"] + totals["rest"] == facts["total"] == sum(facts["counts"].values())
    assert facts["counts"] == counts_of(jobs)
    assert all(len(section["lines"]) <= 100 for section in facts["sections"])
