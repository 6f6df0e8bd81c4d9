"""Mails over SMTP: a real server on loopback, and the client of the standard library."""

import hashlib
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from duplistat import mail_server
from duplistat.config import Intake
from duplistat.core.errors import CannotStart, DuplistatError, Kind
from duplistat.mail_certificate import check
from duplistat.services.mail_intake import receive
from duplistat.services.mail_intake.addresses import make_mail_address
from duplistat.services.worker_context import WorkerContext
from tests.support.certificates import self_signed
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


def fingerprint(smtp: smtplib.SMTP) -> str:
    assert isinstance(smtp.sock, ssl.SSLSocket)
    certificate = smtp.sock.getpeercert(binary_form=True)
    assert certificate is not None
    return hashlib.sha256(certificate).hexdigest()


def test_a_mail_comes_over_tls_and_only_so_where_that_is_required(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    shown = self_signed(tmp_path)
    listen = f"127.0.0.1:{free_port()}"
    secured = {"smtp_certificate": str(shown.file), "smtp_require_tls": True}
    site = make_site(intake={"smtp_listen": listen, **secured})
    trusting = ssl.create_default_context(cafile=shown.file)
    with served(site) as address, client(site) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as plain:
            smtp.sendmail("root@nas", [address], MAIL)
        assert plain.value.smtp_code == 530
        smtp.starttls(context=trusting)
        assert fingerprint(smtp) == shown.fingerprint
        smtp.sendmail("root@nas", [address], MAIL)
        (kept,) = site.deliveries()
        assert (kept.outcome, kept.address) == ("recorded", "127.0.0.1")


def test_tls_may_begin_while_all_connections_are_taken(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "MOST_CONNECTIONS", 1)
    shown = self_signed(tmp_path)
    listen = f"127.0.0.1:{free_port()}"
    site = make_site(intake={"smtp_listen": listen, "smtp_certificate": str(shown.file)})
    with served(site) as address, client(site) as smtp:
        smtp.starttls(context=ssl.create_default_context(cafile=shown.file))
        smtp.sendmail("root@nas", [address], MAIL)
    assert len(site.deliveries()) == 1


def test_a_renewed_certificate_is_taken_and_a_damaged_one_is_not(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "LOOK_EVERY", 0.01)
    first, second = self_signed(tmp_path), self_signed(tmp_path)
    file = tmp_path / "mail.pem"
    file.write_bytes(first.file.read_bytes())
    listen = f"127.0.0.1:{free_port()}"
    site = make_site(intake={"smtp_listen": listen, "smtp_certificate": str(file)})

    def shown() -> str:
        with client(site) as smtp:
            smtp.starttls(context=ssl._create_unverified_context())
            return fingerprint(smtp)

    with served(site):
        assert shown() == first.fingerprint
        file.write_text("half of a certi")
        assert shown() == first.fingerprint
        file.write_bytes(second.file.read_bytes())
        until(lambda: shown() == second.fingerprint, "the renewed certificate")


def test_what_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    shown, other = self_signed(tmp_path), self_signed(tmp_path)
    check(Intake(smtp_certificate=str(shown.file)))
    for key, problem in ((tmp_path / "absent", "No such file"), (other.file, "mismatch")):
        with pytest.raises(CannotStart, match=f"(?i)certificate and key cannot be used.*{problem}"):
            check(Intake(smtp_certificate=str(shown.file), smtp_key=str(key)))
    with pytest.raises(CannotStart, match="needs a certificate"):
        check(Intake(smtp_require_tls=True))
