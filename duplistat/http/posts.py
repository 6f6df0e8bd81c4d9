"""A post that tells something: its bytes are kept, read and recorded, before it is answered."""

from dataclasses import replace
from typing import Any

from flask import Request

from duplistat.core.errors import DuplistatError, Kind, Unrecognised
from duplistat.http.body import decoded, read_body
from duplistat.http.caller import Caller, query_without_key
from duplistat.http.context import Context
from duplistat.services import belonging, intake, limits
from duplistat.services.limits import Bucket


def take_in(request: Request, ctx: Context, caller: Caller, bucket: Bucket | None) -> dict[str, Any]:
    """Record what a request tells, when it is safe on disk; what `record`, `live` or `note_event` answers.

    Raises DuplistatError: too_large; too_many without a token in `bucket`; invalid (Unrecognised) for a body
    that nobody can read, whose bytes are kept then.
    """
    number = request.args.get("service", "") if request.query_string else ""
    service = belonging.named(ctx.db, caller.account, caller.key, number)
    if service is not None:
        caller = replace(caller, account=service.account_id)
    limit = ctx.config.intake.max_body_bytes
    received = read_body(request, limit)
    try:
        body = decoded(request, received, limit)
    except DuplistatError as e:
        if e.kind is Kind.INVALID:
            _keep(ctx, _incoming(request, ctx, caller, received), e, bucket)
        raise
    incoming = _incoming(request, ctx, caller, body)
    try:
        parsed = intake.read(
            body,
            endpoint=incoming.endpoint,
            content_type=incoming.content_type,
            address=caller.address,
            names=intake.names_of(request.query_string),
            max_log_lines=ctx.config.intake.max_log_lines,
        )
    except Unrecognised as e:
        _keep(ctx, incoming, e, bucket)
        raise
    parcel = intake.pack(
        incoming,
        parsed,
        service.id if service else None,
        anonymous=caller.key is None,
        # Where anybody may have a service, a name that can be guessed must not bring the reports of others.
        by_name=ctx.config.accounts.registration != "open",
    )
    done: dict[str, Any] = limits.send(ctx.writes, parcel, bucket, incoming.received_at)
    return done


def _incoming(request: Request, ctx: Context, caller: Caller, body: bytes) -> intake.Incoming:
    return intake.Incoming(
        account=caller.account,
        received_at=ctx.now(),
        endpoint=request.path.rstrip("/"),
        body=body,
        address=caller.address,
        query=query_without_key(request.args, request.query_string.decode("latin-1")),
        content_type=request.headers.get("Content-Type", ""),
    )


def _keep(ctx: Context, incoming: intake.Incoming, error: DuplistatError, bucket: Bucket | None) -> None:
    problems = "; ".join(f"{p.field}: {p.problem}" for p in error.problems)
    parcel = intake.pack_unread(incoming, (problems or error.message)[: intake.PROBLEM_KEPT])
    limits.send(ctx.writes, parcel, bucket, incoming.received_at)
