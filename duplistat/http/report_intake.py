"""A post that tells something: its bytes are kept, read and recorded, before it is answered."""

from contextlib import suppress
from dataclasses import replace

from flask import Request

from duplistat.core.errors import DuplistatError, Kind, Unrecognised
from duplistat.core.i18n import Text, as_text, joined, later
from duplistat.http.body import decoded, read_body
from duplistat.http.caller import Caller, count_wrong, query_to_keep, secret_of
from duplistat.http.context import Context
from duplistat.services.access import rate_limits
from duplistat.services.access.rate_limits import Bucket
from duplistat.services.agents import ownership
from duplistat.services.reports import intake, unread
from duplistat.services.reports.accept import recording_of
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store.services import Service

WRONG_SECRET = later("The secret of this report URL is wrong, or was replaced by another one")
OF_FIELD = "{field}: {problem}"


def take_in(request: Request, ctx: Context, caller: Caller, bucket: Bucket | None) -> Recorded:
    """Record what a request tells; what became of it, when it is safe on disk.

    Raises DuplistatError: too_large; too_many without a token in `bucket`; invalid (Unrecognised) for a body
    that nobody can read, and unauthorized for a wrong secret of a report URL: the bytes are kept then.
    """
    limit = ctx.config.intake.max_body_bytes
    try:
        service = _service(request, ctx, caller)
    except WrongSecret as e:
        raise _refused(request, ctx, caller, bucket, e) from None
    if service is not None:
        caller = replace(caller, account=service.account_id)
    received = read_body(request, limit)
    try:
        body = decoded(request, received, limit)
    except DuplistatError as e:
        if e.kind is Kind.INVALID:
            keep_unread(ctx, incoming_of(request, ctx, caller, received), e, bucket)
        raise
    incoming = incoming_of(request, ctx, caller, body)
    try:
        recording = recording_in(incoming, ctx, request.query_string, service)
    except Unrecognised as e:
        keep_unread(ctx, incoming, e, bucket)
        raise
    return ctx.writes.submit(recording, rate_limits.token_of(bucket, incoming.received_at))


def recording_in(
    incoming: intake.Incoming, ctx: Context, query: bytes = b"", service: Service | None = None
) -> WriteCommand[Recorded]:
    """The command that records what a request tells, which was posted for a service. Raises Unrecognised."""
    parsed = intake.read(
        incoming.body,
        endpoint=incoming.endpoint,
        content_type=incoming.content_type,
        address=incoming.address,
        names=intake.names_of(query),
        received_at=incoming.received_at,
        max_log_lines=ctx.config.intake.max_log_lines,
    )
    return recording_of(incoming, parsed, service.id if service else None)


class WrongSecret(DuplistatError):
    """A report URL whose secret is not that of the service that it names, or of any."""

    def __init__(self) -> None:
        super().__init__(Kind.UNAUTHORIZED, WRONG_SECRET)


def _service(request: Request, ctx: Context, caller: Caller) -> Service | None:
    """The service that a post is for. Raises DuplistatError: WrongSecret, or forbidden."""
    number = request.args.get("service", "") if request.query_string else ""
    secret = secret_of(request) if caller.key is None else ""
    if not secret:
        return ownership.named(ctx.db, caller.account, caller.key, number)
    found = ownership.addressed(ctx.db, number, secret, ctx.now())
    if found is None:
        raise WrongSecret
    return found


def _refused(
    request: Request, ctx: Context, caller: Caller, bucket: Bucket | None, error: WrongSecret
) -> DuplistatError:
    """What to answer to a post to a wrong report URL, which counts as one with a wrong key.

    Duplicati does not send it again: its bytes are kept in the inbox of `main`, unless nobody may upload without a key.
    """
    answer: DuplistatError = error
    try:
        count_wrong(ctx, caller.address, ctx.now())
    except DuplistatError as e:
        answer = e
    if not ctx.config.api.require_key:
        limit = ctx.config.intake.max_body_bytes
        body = read_body(request, limit)
        with suppress(DuplistatError):
            body = decoded(request, body, limit)
        keep_unread(ctx, incoming_of(request, ctx, caller, body), error, bucket)
    return answer


def incoming_of(request: Request, ctx: Context, caller: Caller, body: bytes) -> intake.Incoming:
    """A request as it is kept."""
    return intake.Incoming(
        account=caller.account,
        received_at=ctx.now(),
        endpoint=request.path.rstrip("/"),
        body=body,
        address=caller.address,
        query=query_to_keep(request.query_string.decode("latin-1")),
        content_type=request.headers.get("Content-Type", ""),
    )


def keep_unread(
    ctx: Context, incoming: intake.Incoming, error: DuplistatError, bucket: Bucket | None
) -> None:
    """Keep what nobody can read, with what is wrong with it."""
    problems = [Text(OF_FIELD, field=p.field, problem=as_text(p.problem)) for p in error.problems]
    kept = intake.pack_unread(
        incoming,
        joined(problems) or error.text,
        unread.kind_of(error),
        rate_limits.network(incoming.address),
        unread.bounds_of(ctx.config.intake),
    )
    ctx.writes.submit(
        prepare(unread.keep_unread, unread=kept), rate_limits.token_of(bucket, incoming.received_at)
    )
