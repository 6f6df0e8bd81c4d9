"""A mail server that keeps what it is sent."""

import re
import threading
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What came, oldest first; `refuse` is what it says to a recipient instead of taking the mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.signed_in: list[tuple[bytes, bytes]] = []
        self.refuse = ""
        self.port = 0
        self._came = threading.Event()

    def wait_for_one(self, pattern: str) -> str:
        """The first group of a pattern in a mail that comes within seconds."""
        assert self._came.wait(30)
        found = re.search(pattern, self.mails[-1].get_content())
        assert found
        return found[1]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self._came.set()
        return "250 OK"


class AnyPort(Controller):
    """A controller that finds a port of its own: its base asks at port 0 whether it runs."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


@contextmanager
def mail_server(box: Mailbox | None = None, **options: Any) -> Iterator[Mailbox]:
    """A server on a port of its own, for a mailbox; `options` are those of aiosmtpd."""
    box = box or Mailbox()
    controller = AnyPort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
