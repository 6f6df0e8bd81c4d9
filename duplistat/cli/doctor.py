"""`duplistat doctor`."""

import sys
from pathlib import Path

import click

from duplistat.cli.common import echo, opened
from duplistat.cli.options import data_options
from duplistat.services.monitoring.doctor import Grade, examine

SIGNS = {Grade.OK: "ok     ", Grade.WARNING: "warning", Grade.PROBLEM: "PROBLEM"}


@click.command()
@data_options
def doctor(config_file: Path | None, data: Path) -> None:
    """Check the server: database, scheduler, alerts, channels, rules and its own backup.

    It exits with 1 when there is a problem; a warning is none.
    """
    with opened(config_file, data) as o:
        findings = examine(o.db, o.config, o.writes.failing(), o.now)
    for finding in findings:
        todo = f" ({finding.do})" if finding.do else ""
        echo(f"{SIGNS[finding.grade]}  {finding.what}: {finding.says}{todo}")
    if any(finding.grade is Grade.PROBLEM for finding in findings):
        sys.exit(1)
