"""`duplistat job explain`: how we know when a job runs, in words or as JSON."""

from pathlib import Path

import click

from duplistat.apis.native.expectation_shapes import expectation_of
from duplistat.cli.common import Opened, echo, echo_json, local_time, opened, table
from duplistat.cli.options import data_options
from duplistat.core.expectation import Source, why_in_zone
from duplistat.core.explanation import Explanation
from duplistat.core.explanation_words import (
    ending,
    evidence_lines,
    lasted,
    missing,
    other_rhythm,
    since,
    why_not,
)
from duplistat.core.text import capital
from duplistat.core.times import from_ms, to_ms
from duplistat.services.commands import schedule_defaults
from duplistat.services.jobs.state import rhythm_of
from duplistat.services.monitoring.explanations import explain_job
from duplistat.services.servers.settings import find_job
from duplistat.store import accounts


@click.command()
@click.option("--account", default=accounts.MAIN, show_default=True, help="Account of the job.")
@click.option("--server", "server_name", required=True, help="The server's name, alias, machine id or id.")
@click.option("--job", "job_name", required=True, help="The job's name.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, as /api/v1/jobs/{id}/expectation answers.")
@data_options
def explain(
    account: str, server_name: str, job_name: str, as_json: bool, config_file: Path | None, data: Path
) -> None:
    """Explain when a job is expected and when it is overdue: its schedule, the evidence, when it was overdue."""
    with opened(config_file, data) as o:
        found, defaults = find_job(o.db, account, server_name, job_name), schedule_defaults(o.config)
        if as_json:
            echo_json(expectation_of(o.db, found, defaults, o.now).model_dump(mode="json"))
            return
        explained = explain_job(o.db, found, defaults, o.now)
    told, zone = explained.explanation, explained.explanation.zone
    echo(f"{found.name}: {why_in_zone(rhythm_of(found, defaults), told.source)}")
    for line in _lines(told, o):
        echo(line)
    if told.expected.at is not None and told.expected.due is not None:
        expected, due = to_ms(told.expected.at), to_ms(told.expected.due)
        echo(f"Expected {local_time(expected, zone)}, overdue after {local_time(due, zone)}")
    if len(told.following) > 1:
        echo("")
        table(
            ("expected", "overdue after"),
            [
                (local_time(to_ms(item.at), zone), local_time(to_ms(item.due), zone))
                for item in told.following
            ],
        )
    if explained.alarms:
        echo("")
        table(
            ("overdue since", "expected", "for", "ended by"),
            [
                (
                    local_time(alarm.at, zone),
                    local_time(alarm.expected_at, zone),
                    lasted(alarm) or "-",
                    ending(alarm),
                )
                for alarm in explained.alarms
            ],
        )


def _lines(told: Explanation, o: Opened) -> list[str]:
    """What the runs show, a sentence each."""
    evidence = told.evidence
    if evidence is None:
        return [capital(text)] if (text := missing(told)) else []
    learned = told.source is Source.LEARNED
    lines = evidence_lines(evidence, decides=learned)
    if learned:
        lines = lines[1:]
    if began := since(evidence, from_ms(o.now)):
        lines.append(f"Since {began}, by the clock of {evidence.zone.key}")
    if told.asks:
        lines.append(f"{other_rhythm(evidence, from_ms(o.now))}; the schedule says otherwise, and decides")
    if evidence.unsettable is not None:
        lines.append(why_not(evidence.unsettable))
    return lines
