"""Mails over SMTP: a real server on loopback, and the client of the standard library."""

import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from duplistat import mail_server
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.mail_intake import receive
from duplistat.services.mail_intake.addresses import make_mail_address
from duplistat.services.worker_context import WorkerContext
from tests.support.serving import free_port, until
from tests.support.site import Site

MAIL = "Subject: [Success] Docs\r\nMessage-ID: <1@nas>\r\n\r\nDone.\r\n"


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Mails are taken in; the address of one that takes them."""
    made = site.writes.run(make_mail_address, account=1, name="nas", server="nas", job="", **site.signature())
    ended = threading.Event()
    context = WorkerContext(site.config, site.db, site.writes, site.now)
    thread = threading.Thread(target=mail_server.run, args=(context, ended))
    thread.start()
    try:
        yield f"{made['local_part']}@backups.example"
    finally:
        ended.set()
        thread.join(20)
    assert not thread.is_alive()


def client(site: Site) -> smtplib.SMTP:
    host, port = mail_server.place_of(site.config.intake.smtp_listen)

    def connected() -> smtplib.SMTP | None:
        try:
            return smtplib.SMTP(host, port, timeout=20)
        except ConnectionRefusedError:
            return None

    found = until(connected, "a connection")
    assert isinstance(found, smtplib.SMTP)
    return found


@pytest.fixture
def taking(make_site: Callable[..., Site]) -> Site:
    listen = f"127.0.0.1:{free_port()}"
    return make_site(intake={"smtp_listen": listen, "smtp_max_bytes": 100_000})


def test_a_mail_is_stored_before_it_is_answered_and_others_are_refused(taking: Site) -> None:
    with served(taking) as address, client(taking) as smtp:
        smtp.sendmail("root@nas", [address], MAIL)
        (kept,) = taking.deliveries()
        assert (kept.outcome, kept.endpoint, kept.address) == ("recorded", "/mail", "127.0.0.1")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as unknown:
            smtp.sendmail("root@nas", ["stranger@backups.example"], MAIL)
        assert unknown.value.recipients["stranger@backups.example"][0] == 550
        with pytest.raises(smtplib.SMTPSenderRefused) as large:
            smtp.sendmail("root@nas", [address], MAIL + "x" * 100_000)
        assert large.value.smtp_code == 552
        # The same mail twice, and to two addresses at once, is one run.
        smtp.sendmail("root@nas", [address, address], MAIL)
        assert len({item.run for item in taking.deliveries()}) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DuplistatError(Kind.UNAVAILABLE, "the disk is full"), 451),
        (DuplistatError(Kind.TOO_MANY, "too many"), 450),
        (RuntimeError("a bug"), 451),
    ],
)
def test_what_cannot_be_stored_now_is_kept_by_its_sender(
    taking: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fails(*_: Any) -> None:
        raise error

    with served(taking) as address, client(taking) as smtp:
        monkeypatch.setattr(receive, "take_in", fails)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("root@nas", [address], MAIL)
        assert refused.value.smtp_code == code
        monkeypatch.undo()
        smtp.sendmail("root@nas", [address], MAIL)
        assert len(taking.deliveries()) == 1


@pytest.mark.parametrize(
    ("listen", "place"),
    [("127.0.0.1:2525", ("127.0.0.1", 2525)), ("[::1]:25", ("::1", 25)), (":2525", ("", 2525))],
)
def test_where_it_listens(listen: str, place: tuple[str, int]) -> None:
    assert mail_server.place_of(listen) == place
