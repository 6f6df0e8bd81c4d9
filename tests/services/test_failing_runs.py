"""How many backup runs in a row have failed, and since when."""

import pytest

from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site


def streak(site: Site, *results: str) -> tuple[int, int | None]:
    """Of a job with these results, one a day since the first of January."""
    for day, result in enumerate(results, 1):
        site.record(duplicati(at(day), result=result))
    job = site.job()
    return job.failing_runs, job.failing_since


def at(day: int) -> str:
    return f"2026-01-{day:02}T02:00:00Z"


def test_runs_that_fail_in_a_row_are_counted_from_the_first(site: Site) -> None:
    assert streak(site, "Success", "Fatal", "Error", "Fatal") == (3, ms(at(2)))


@pytest.mark.parametrize("end", ["Success", "Warning"])
def test_one_that_does_not_fail_ends_the_row(site: Site, end: str) -> None:
    assert streak(site, "Fatal", "Fatal", end) == (0, None)


def test_a_run_that_is_told_twice_counts_once(site: Site) -> None:
    assert streak(site, "Fatal", "Fatal") == (2, ms(at(1)))
    site.record(duplicati(at(2), result="Fatal", ErrorMessage="told again"))
    assert (site.job().failing_runs, site.job().failing_since) == (2, ms(at(1)))
