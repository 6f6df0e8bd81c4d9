"""The companion that takes mails in: SMTP for addresses with a secret in them, and nothing for any other."""

import asyncio
import contextlib
import logging
import threading
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.mail_certificate import Certificate
from duplistat.services.mail_intake import receive
from duplistat.services.worker_context import WorkerContext
from duplistat.store.mail_intake import MailAddress

log = logging.getLogger(__name__)

# Connections at once, recipients of one mail, and seconds without a word.
MOST_CONNECTIONS, MOST_RECIPIENTS, PATIENCE = 100, 10, 60
# How often is looked whether the certificate was renewed, seconds.
LOOK_EVERY = 60.0
UNKNOWN = "550 5.1.1 There is no such mailbox here"
FULL = "452 4.5.3 Too many recipients"
BUSY = "450 4.7.1 Too many mails: try again later"
AWAY = "451 4.3.0 It cannot be stored now: try again later"
TAKEN = "250 2.0.0 It is stored"


class Handler:
    """What aiosmtpd asks. The database is asked in a thread: others are served meanwhile."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Whether somebody takes mails in by this address. Unknown ones are refused for good, and nothing of a mail
        for them is taken."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return FULL
        try:
            found = await asyncio.to_thread(self._address_of, address, peer_of(session))
        except receive.UnknownAddress:
            return UNKNOWN
        except Exception as error:
            return refusal(error)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.append(found)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Store a mail for each of its addresses. Where one cannot be stored the sender tries again: it is known then
        by its Message-ID, and not recorded twice."""
        try:
            for found in envelope.rcpt_options:
                await asyncio.to_thread(self._take_in, found, bytes(envelope.content), peer_of(session))
        except Exception as error:
            return refusal(error)
        return TAKEN

    def _address_of(self, address: str, peer: str) -> MailAddress:
        with self._context.db.connection():
            return receive.address_of(self._context, address, peer)

    def _take_in(self, found: MailAddress, body: bytes, peer: str) -> None:
        with self._context.db.connection():
            receive.take_in(self._context, found, body, peer)


def refusal(error: Exception) -> str:
    """What to answer where a mail cannot be taken now. A sender of mail keeps it then, and tries for days."""
    if isinstance(error, DuplistatError) and error.kind is Kind.TOO_MANY:
        return BUSY
    if not isinstance(error, DuplistatError):
        log.exception("a mail could not be taken in", exc_info=error)
    return AWAY


def peer_of(session: Any) -> str:
    """The address of a sender."""
    return str(session.peer[0]) if session.peer else ""


def place_of(listen: str) -> tuple[str, int]:
    """Host and port of a setting such as 0.0.0.0:2525 or [::]:2525."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


async def listening(context: WorkerContext, certificate: Certificate | None = None) -> asyncio.AbstractServer:
    """Take mails in, as `[intake] smtp_listen` says. Raises OSError where that is taken."""
    # An optional library: without the setting it is not needed.
    from aiosmtpd.smtp import SMTP

    intake = context.config.intake
    host, port = place_of(intake.smtp_listen)
    loop = asyncio.get_running_loop()
    open_ones: set[Any] = set()

    class Connection(SMTP):
        def connection_made(self, transport: Any) -> None:
            # It is made once more when TLS begins.
            if self not in open_ones and len(open_ones) >= MOST_CONNECTIONS:
                transport.close()
                return
            open_ones.add(self)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            if self in open_ones:
                open_ones.discard(self)
                super().connection_lost(error)

    def connection() -> SMTP:
        return Connection(
            Handler(context),
            data_size_limit=intake.smtp_max_bytes,
            enable_SMTPUTF8=True,
            hostname=intake.smtp_domain or host or "localhost",
            ident="duplistat",
            timeout=PATIENCE,
            tls_context=certificate.context if certificate else None,
            require_starttls=intake.smtp_require_tls,
            loop=loop,
        )

    return await loop.create_server(connection, host or None, port)


def run(context: WorkerContext, ended: threading.Event) -> None:
    """Take mails in until `ended` is set."""
    intake = context.config.intake
    certificate = Certificate(intake) if intake.smtp_certificate else None

    async def serve() -> None:
        server = await listening(context, certificate)
        log.info("mails are taken in at %s", intake.smtp_listen)
        async with server:
            while not await asyncio.to_thread(ended.wait, LOOK_EVERY):
                if certificate is not None:
                    certificate.follow()

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(serve())
