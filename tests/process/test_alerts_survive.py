"""Processes are killed and the receiver misbehaves: each message arrives, in order; twice only where nobody knows."""

from pathlib import Path

import pytest

from bench.alerting import crash


@pytest.mark.long
@pytest.mark.usefixtures("forked")
def test_every_message_arrives_whatever_is_killed(tmp_path: Path, empty_url: str) -> None:
    servers = 2 if empty_url else 1
    verdict = crash.run(tmp_path, 48, 10, database_url=empty_url, servers=servers)
    assert verdict.wrong == ()
    assert verdict.problems >= 48
    assert verdict.kills > 0
    assert verdict.taken >= verdict.notices - verdict.dropped
