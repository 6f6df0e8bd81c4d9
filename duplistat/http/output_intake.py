"""A post of what a tool printed: its bytes are kept, read and recorded, before it is answered."""

from dataclasses import replace

from flask import Request

from duplistat.core.errors import Unrecognised
from duplistat.core.times import from_ms
from duplistat.core.tool_output import Reading
from duplistat.http.caller import Caller
from duplistat.http.context import Context
from duplistat.http.log_body import read_log
from duplistat.http.report_intake import incoming_of, keep_unread
from duplistat.services.access import rate_limits
from duplistat.services.access.rate_limits import Bucket
from duplistat.services.reports import intake, outputs
from duplistat.services.reports.accept import recording_of
from duplistat.services.reports.intake import Incoming
from duplistat.services.reports.live import end_live
from duplistat.services.reports.record import Recorded, record_all
from duplistat.services.writes import prepare


def take_in_output(
    request: Request, ctx: Context, caller: Caller, bucket: Bucket | None, *, explain: bool
) -> tuple[Reading, list[Recorded]]:
    """Record the runs that an output tells of, once they are safe on disk; with `explain` nothing is recorded.

    The word that a run began is kept the same way; it tells of no run yet.

    Raises DuplistatError: too_large; too_many without a token in `bucket`; invalid for wrong parameters, whose body is
    kept.
    """
    body = read_log(request, ctx.config.intake.max_log_bytes)
    return record_output(ctx, incoming_of(request, ctx, caller, body), bucket, explain=explain)


def record_output(
    ctx: Context, incoming: Incoming, bucket: Bucket | None, *, explain: bool = False
) -> tuple[Reading, list[Recorded]]:
    """The same for an output that was received. Raises DuplistatError, as there."""
    names = intake.names_of(incoming.query)
    try:
        told = outputs.parameters_of(names)
        if told.state == outputs.STARTED:
            word = outputs.started(told, from_ms(incoming.received_at), intake.nameless(incoming.address))
            if not explain:
                ctx.writes.submit(
                    recording_of(incoming, word), rate_limits.token_of(bucket, incoming.received_at)
                )
            return Reading(outputs.STARTED), []
        reading = intake.read_outputs(
            incoming.body,
            content_type=incoming.content_type,
            address=incoming.address,
            names=names,
            received_at=incoming.received_at,
            max_log_lines=ctx.config.intake.max_log_lines,
        )
    except Unrecognised as e:
        if not explain:
            keep_unread(ctx, incoming, e, bucket)
        raise
    if explain:
        return reading, []
    began = outputs.began_ticks(names)
    name = outputs.job_of(told)
    if began is not None and name not in {report.job_name for report in reading.reports}:
        # What was said to run is another job by its name, or is no run at all.
        now = incoming.received_at
        ctx.writes.run(end_live, account=incoming.account, name=name, ticks=began, now=now)
    if not reading.reports:
        return reading, []
    packed = [
        intake.pack_report(replace(incoming, query=outputs.with_part(incoming.query, number)), report)
        for number, report in enumerate(reading.reports, start=1)
    ]
    token = rate_limits.token_of(bucket, incoming.received_at)
    return reading, ctx.writes.submit(prepare(record_all, reports=packed), token)
