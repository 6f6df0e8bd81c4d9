"""PostgreSQL restarts and is full, processes are killed: no report is refused, lost or recorded twice."""

from pathlib import Path

import pytest

from bench.outages import chaos
from bench.outages.postgres import own_postgres

AWAY = "the database server cannot be reached"


@pytest.mark.long
@pytest.mark.usefixtures("forked")
def test_reports_wait_for_a_database_that_is_away_or_full(tmp_path: Path) -> None:
    # On a machine that is busy PostgreSQL may be away for longer than is meant.
    # Less than the connections that two servers want: they meet the limit by themselves as well.
    with own_postgres(max_connections=30) as postgres:
        verdict = chaos.run(tmp_path, postgres, 1, away=1, threads=12, pace=0.5, wait=60)
    assert (verdict.refused, verdict.lost, verdict.doubled) == ({}, 0, 0)
    assert verdict.answered > 50
    assert verdict.kills > 0
    assert verdict.unwell == (f"503 {AWAY}",) * 2
    for lines in verdict.lines:
        assert len([line for line in lines if f"{chaos.BEGUN}{AWAY}" in line]) == 1
        assert chaos.OVER in lines[-1]
