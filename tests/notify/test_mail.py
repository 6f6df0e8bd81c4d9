"""Mail by SMTP: what is sent, and what is said when it is not."""

import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from duplistat.notify.mail import MailError, MailServer, send
from duplistat.notify.outbox import Outbox, finish
from tests.support.mailbox import Mailbox, mail_server

LINK = "https://backup.example.org/password?recoverycode=" + "x-_9" * 30


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def server(box: Mailbox, **more: str) -> MailServer:
    return MailServer("127.0.0.1", box.port, "backup@example.org", **more)  # type: ignore[arg-type]  # tls is a word


def test_a_mail_is_plain_text_with_what_a_mail_must_have(box: Mailbox) -> None:
    send(server(box), to="jo@example.org", subject="Héllo", text=f"Go to\n{LINK}\n")
    (mail,) = box.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == ("backup@example.org", "jo@example.org", "Héllo")
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert LINK.encode() in box.raw[0]


def test_text_of_any_alphabet_arrives(box: Mailbox) -> None:
    send(server(box), to="jo@example.org", subject="x", text="Grüße 😀\n")
    assert box.mails[0].get_content().strip() == "Grüße 😀"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_user_signs_in() -> None:
    seen: list[LoginPassword] = []

    def check(
        server: object, session: object, envelope: object, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        seen.append(data)
        return AuthResult(success=data.password == b"right", handled=False)

    with mail_server(authenticator=check, auth_required=True, auth_require_tls=False) as box:
        send(server(box, user="u", password="right"), to="jo@example.org", subject="x", text="x")
        assert seen == [LoginPassword(b"u", b"right")]
        with pytest.raises(MailError, match="535") as caught:
            send(server(box, user="u", password="wr0ng-secret"), to="jo@example.org", subject="x", text="x")
    assert "wr0ng-secret" not in str(caught.value)
    assert len(box.mails) == 1


def test_a_refused_recipient_is_one_sentence(box: Mailbox) -> None:
    box.refuse = "550 no such user"
    with pytest.raises(MailError) as caught:
        send(server(box), to="jo@example.org", subject="x", text="x")
    assert (
        str(caught.value)
        == f"The mail server 127.0.0.1:{box.port} did not take it: the recipient was refused"
    )


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(
        MailError, match=rf"^The mail server 127\.0\.0\.1:{port} did not take it: Connection refused$"
    ):
        send(MailServer("127.0.0.1", port, "a@b.c"), to="jo@example.org", subject="x", text="x")


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_no_mail_goes_out_in_the_clear_when_tls_is_wanted(box: Mailbox, tls: str) -> None:
    with pytest.raises(MailError):
        send(server(box, tls=tls), to="jo@example.org", subject="x", text="x")
    assert box.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(box: Mailbox) -> None:
    asked: list[ssl.SSLContext] = []
    original = ssl.create_default_context

    def noted() -> ssl.SSLContext:
        asked.append(original())
        return asked[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ssl.create_default_context", noted)
        with pytest.raises(MailError):
            send(server(box, tls="tls"), to="jo@example.org", subject="x", text="x")
    (context,) = asked
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("to", ["jo@example.org\r\nBcc: x@example.org", "jo@example.org\nX: y"])
def test_nothing_slips_into_the_head(box: Mailbox, to: str) -> None:
    with pytest.raises(MailError):
        send(server(box), to=to, subject="x", text="x")
    assert box.mails == []


def test_an_outbox_goes_on_after_one_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    outbox, done = Outbox(), []

    def fail() -> None:
        raise RuntimeError("on purpose")

    assert outbox.put(fail)
    assert outbox.put(lambda: done.append(1))
    outbox.wait()
    assert done == [1]
    assert "on purpose" in caplog.text


def test_an_outbox_that_is_full_says_so_at_once(caplog: pytest.LogCaptureFixture) -> None:
    outbox, begun, go_on = Outbox(most=1), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        go_on.wait(10)

    assert outbox.put(hang)
    assert begun.wait(10)
    assert outbox.put(lambda: None)
    assert not outbox.put(lambda: None)
    assert "dropped" in caplog.text
    go_on.set()
    outbox.wait()


def test_whoever_ends_waits_for_what_is_being_sent_and_no_longer_than_it_may() -> None:
    outbox, go_on, done = Outbox(), threading.Event(), []
    outbox.put(lambda: done.append(go_on.wait(10)))
    finish(0.2)
    assert (done, outbox.is_empty) == ([], False)
    threading.Timer(0.2, go_on.set).start()
    finish(10)
    assert (done, outbox.is_empty) == ([True], True)
