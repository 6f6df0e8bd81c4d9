"""A mail that was received for an address: kept, read and recorded in one transaction, before it is answered for."""

from dataclasses import replace
from urllib.parse import urlencode

from duplistat.core.bucket import Limit
from duplistat.core.times import from_ms
from duplistat.services.access import rate_limits
from duplistat.services.access.rate_limits import Bucket
from duplistat.services.context import Tx
from duplistat.services.mail_intake import addresses
from duplistat.services.reports import intake, mails, outputs
from duplistat.services.reports.packed import PackedReport
from duplistat.services.reports.record import Recorded, record
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import prepare, report_command
from duplistat.store import deliveries, mail_intake
from duplistat.store.mail_intake import MailAddress


class UnknownAddress(Exception):
    """Nobody takes in mails by this address."""


def address_of(context: WorkerContext, address: str, peer: str) -> MailAddress:
    """Whose address that is. Raises UnknownAddress, and DuplistatError (too_many) for who tried too many wrong ones."""
    found = addresses.find(context.db, address)
    if found is None:
        bucket = rate_limits.for_wrong_keys(context.config.limits, peer)
        context.writes.submit(prepare(rate_limits.take_token), rate_limits.token_of(bucket, context.now()))
        raise UnknownAddress(address)
    return found


def take_in(context: WorkerContext, address: MailAddress, body: bytes, peer: str) -> list[Recorded]:
    """Record what a mail tells of. It is safe on disk when this returns.

    Raises DuplistatError: too_many where too many came to its address; whatever keeps it from being stored.
    """
    now = context.now()
    names = {"server": address.server, "job": address.job}
    incoming = intake.Incoming(
        account=address.account_id,
        received_at=now,
        endpoint=intake.MAIL,
        body=body,
        address=peer,
        query=urlencode({name: value for name, value in names.items() if value}),
        content_type=mails.CONTENT_TYPE,
    )
    understood = mails.read(
        body,
        names=names,
        received=from_ms(now),
        own_rules=mails.own_rules(context.db, address.account_id),
        max_log_lines=context.config.intake.max_log_lines,
    )
    packed = [
        intake.pack_report(replace(incoming, query=outputs.with_part(incoming.query, number)), report)
        for number, report in enumerate(understood.reading.reports, start=1)
    ]
    per_minute = context.config.limits.mails_per_minute
    bucket = Bucket(f"mail:{address.id}", Limit(per_minute, per_minute)) if per_minute else None
    recording = prepare(
        record_mail,
        address=address.id,
        reports=packed,
        request=intake.request_of(incoming),
        body=body,
        now=now,
    )
    return context.writes.submit(recording, rate_limits.token_of(bucket, now))


@report_command
def record_mail(
    tx: Tx, *, address: int, reports: list[PackedReport], request: list[object], body: bytes, now: int
) -> list[Recorded]:
    """Record the runs that a mail tells of; one that tells of none is kept as it is."""
    mail_intake.count_mail(tx.db, address, now)
    if not reports:
        deliveries.add(tx.db, request, body, outcome="live", format=mails.MAIL)
        tx.tally.received(mails.MAIL, "live", 0)
    return [record(tx, report=report) for report in reports]
