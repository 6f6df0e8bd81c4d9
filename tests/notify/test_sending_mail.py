"""A notice by mail to each of its recipients: what real servers answer, and what that means."""

import asyncio
import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.notify.letter import letter
from duplistat.notify.mail import MailServer, send_message
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result
from tests.support.mailbox import Mailbox, mail_server
from tests.support.messages import THREAD, UID, message
from tests.support.receivers import drips, hangs, receiver

JO, AL = "jo@example.org", "al@example.org"


class Box(Mailbox):
    """`answers` are what it says to a recipient, `after` what it says to the content; `hangs` at a step, or `drops`."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, str] = {}
        self.after: list[str] = []
        self.at: dict[str, str] = {}

    async def _act(self, step: str, server: Any) -> None:
        if self.at.get(step) == "hangs":
            await asyncio.sleep(5)
        if self.at.get(step) == "drops":
            server.transport.abort()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        await self._act("mail", server)
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        await self._act("rcpt", server)
        if to in self.answers:
            return self.answers[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.after.pop(0) if self.after else "250 2.0.0 queued as 4F7A"
        if answer.startswith("250"):
            await super().handle_DATA(server, session, envelope)
        await self._act("data", server)
        return answer


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server(Box(), enable_SMTPUTF8=False) as box:
        assert isinstance(box, Box)
        yield box


def send(
    box_or_port: Mailbox | int, *to: str, deadline: float = 5, made: Message | None = None, **more: str
) -> Outcome:
    port = box_or_port if isinstance(box_or_port, int) else box_or_port.port
    server = MailServer("127.0.0.1", port, "duplistat <backup@example.org>", **more)  # type: ignore[arg-type]  # words
    return send_message(server, [(one, made or message()) for one in to or (JO,)], deadline)


def test_each_recipient_gets_a_mail_with_a_link_of_its_own(box: Box) -> None:
    server = MailServer("127.0.0.1", box.port, "backup@example.org")
    outcome = send_message(
        server,
        [(to, message(unsubscribe=f"https://backup.example.org/u/{to}")) for to in (JO, AL)],
        5,
    )
    assert outcome == Outcome(Result.SENT, "250", "250 2.0.0 queued as 4F7A", delivered=(JO, AL))
    assert [(mail["To"], mail["List-Unsubscribe"]) for mail in box.mails] == [
        (to, f"<https://backup.example.org/u/{to}>") for to in (JO, AL)
    ]


def parts(mail: EmailMessage) -> list[tuple[str, str]]:
    return [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in mail.iter_parts()]


def test_a_mail_has_the_head_of_a_notice(box: Box) -> None:
    send(box)
    (mail,) = box.mails
    assert {
        name: mail[name] for name in mail if name not in ("Date", "X-Peer", "X-MailFrom", "X-RcptTo")
    } == {
        "From": "duplistat <backup@example.org>",
        "To": JO,
        "Subject": "[FAILED] daily-backup on server-01: access denied to /srv",
        "Message-ID": f"<{UID}@example.org>",
        "In-Reply-To": f"<{THREAD}@example.org>",
        "References": f"<{THREAD}@example.org>",
        "List-Id": "duplistat <alerts.example.org>",
        "List-Unsubscribe": "<https://backup.example.org/u/un5ubscribeKey>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Duplistat-Kind": "problem",
        "X-Duplistat-Job": "daily-backup on server-01",
        "X-Duplistat-Notice": UID,
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }
    assert mail["Date"].datetime is not None
    assert mail.get_content_type() == "multipart/alternative"
    made = message()
    assert parts(mail) == [("text/plain", made.text), ("text/html", made.html + "\n")]
    (text, html) = (content for _, content in parts(mail))
    assert text.split() == re.sub("<[^>]+>", " ", html).split()


def test_the_id_stays_the_same_over_retries(box: Box) -> None:
    box.after = ["451 4.3.0 later"]
    assert send(box).result is Result.TEMPORARY
    assert send(box).result is Result.SENT
    assert send(box).result is Result.SENT
    assert {mail["Message-ID"] for mail in box.mails} == {f"<{UID}@example.org>"}


def test_long_links_ids_and_other_alphabets_arrive_in_one_piece(box: Box) -> None:
    link = "http://backup.example.org/u/" + "x-_9" * 100
    text = "Grüße 😀\n.\n..two dots\nFrom here\n" + "long " * 500 + link + "\n"
    html = "<html><body>" + "ä" * 2000 + "</body></html>"
    send(
        box,
        made=message(unsubscribe=link, text=text, html=html, subject="[FEHLER] Sicherung für Büro 😀 " * 4),
    )
    (mail,) = box.mails
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] is None
    assert mail["Subject"] == ("[FEHLER] Sicherung für Büro 😀 " * 4).strip()
    assert parts(mail) == [("text/plain", text), ("text/html", html + "\n")]
    assert max(len(line) for line in box.raw[0].split(b"\r\n")) <= 998


def test_a_message_without_html_is_plain_text(box: Box) -> None:
    send(box, made=message(html="", thread=UID, unsubscribe="", job=""))
    (mail,) = box.mails
    assert mail.get_content_type() == "text/plain"
    assert not {"References", "List-Unsubscribe", "X-Duplistat-Job"} & set(mail)


NASTY = "a\r\nBcc: x@example.org\r\n\r\nbody\u2028\u202e\x00"


def test_nothing_slips_into_the_head(box: Box) -> None:
    fields = ("uid", "thread", "subject", "kind", "job", "unsubscribe")
    send(box, made=message(**dict.fromkeys(fields, NASTY)))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: x@example.org body"
    assert mail["List-Unsubscribe"] is None
    assert parts(mail)[0] == ("text/plain", message().text)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "jo",
        "@example.org",
        "jo@",
        "jo@example.org\r\nBcc: x@example.org",
        "a@b, c@d",
        "Jo <jo@b.c>",
        "a b@c",
    ],
)
def test_what_is_no_address_is_refused_and_the_others_get_theirs(box: Box, to: str) -> None:
    outcome = send(box, to, AL)
    assert (outcome.result, outcome.delivered, list(outcome.refused)) == (Result.SENT, (AL,), [to])


def test_one_of_two_is_refused_and_the_other_gets_its_mail(box: Box) -> None:
    box.answers = {JO: "550 5.1.1 no such user"}
    outcome = send(box, JO, AL)
    assert (outcome.result, outcome.delivered) == (Result.SENT, (AL,))
    assert outcome.refused == {JO: "550 5.1.1 no such user"}
    assert [mail["To"] for mail in box.mails] == [AL]


def test_when_all_are_refused_it_is_the_channel(box: Box) -> None:
    box.answers = {JO: "550 no such user", AL: "553 5.1.3 bad address"}
    outcome = send(box, JO, AL)
    assert (outcome.result, outcome.answer) == (Result.CHANNEL, "550 no such user")
    assert set(outcome.refused) == {JO, AL}


@pytest.mark.parametrize(
    "answer",
    ["450 4.2.1 busy", "451 4.7.1 greylisted", "452 4.2.2 full", "550 5.7.1 not from there", "554 5.7.1 no"],
)
def test_a_recipient_that_is_not_taken_now_is_tried_again(box: Box, answer: str) -> None:
    box.answers = {JO: answer}
    outcome = send(box, JO, AL)
    assert outcome == Outcome(Result.TEMPORARY, answer[:3], answer, delivered=(AL,))


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("421 4.3.2 shutting down", Result.TEMPORARY),
        ("451 4.3.0 later", Result.TEMPORARY),
        ("552 5.3.4 too large", Result.TEXT),
        ("554 5.6.0 refused content", Result.TEXT),
        ("550 5.7.1 looks like spam", Result.TEXT),
    ],
)
def test_the_answer_to_the_content_says_whose_fault_it_is(box: Box, answer: str, result: Result) -> None:
    box.after = [answer]
    assert send(box) == Outcome(result, answer[:3], answer)
    assert box.mails == []


def test_after_421_the_others_wait_for_the_next_time(box: Box) -> None:
    box.answers = {AL: "421 4.7.0 too many"}
    outcome = send(box, JO, AL, "ed@example.org")
    assert (outcome.result, outcome.code, outcome.delivered) == (Result.TEMPORARY, "421", (JO,))


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("451 later", Result.TEMPORARY),
        ("550 5.7.1 not you", Result.CHANNEL),
        ("552 5.2.3 too large", Result.TEXT),
    ],
)
def test_a_sender_that_is_not_taken_is_the_channel(box: Box, answer: str, result: Result) -> None:
    box.answers = {"mail": answer}
    assert send(box).result is result


def test_a_server_that_greets_with_421_is_temporary() -> None:
    with receiver(lambda line: line.sendall(b"421 4.3.2 too many\r\n"), reads=False) as r:
        assert send(r.port) == Outcome(Result.TEMPORARY, "421", "421 4.3.2 too many")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_is_the_channel_and_never_told() -> None:
    def no(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 wrong: {data.password.decode()}")

    with mail_server(Box(), authenticator=no, auth_required=True, auth_require_tls=False) as box:
        outcome = send(box, user="u", password="wr0ng-secret")
    assert outcome == Outcome(Result.CHANNEL, "535", "535 5.7.8 wrong: ***")


def test_a_server_without_a_sign_in_is_the_channel(box: Box) -> None:
    outcome = send(box, user="u", password="x")
    assert outcome.result is Result.CHANNEL
    assert box.mails == []


@pytest.mark.parametrize("step", ["mail", "rcpt"])
@pytest.mark.parametrize("how", ["hangs", "drops"])
def test_before_the_content_nothing_is_lost(box: Box, step: str, how: str) -> None:
    box.at = {step: how}
    began = time.monotonic()
    assert send(box, deadline=0.7).result is Result.TEMPORARY
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("how", ["hangs", "drops"])
def test_after_the_last_dot_the_end_of_the_connection_is_unknown(box: Box, how: str) -> None:
    box.at = {"data": how}
    began = time.monotonic()
    outcome = send(box, JO, AL, deadline=2)
    assert time.monotonic() - began < 8
    assert (outcome.result, outcome.delivered) == (Result.UNKNOWN, ())
    assert [mail["To"] for mail in box.mails] == [JO]


def test_a_server_that_drips_cannot_hold_us() -> None:
    with receiver(drips(b"220-"), reads=False) as r:
        began = time.monotonic()
        assert send(r.port, deadline=0.7).result is Result.TEMPORARY
        assert time.monotonic() - began < 8


def test_a_server_that_is_silent_or_not_there_is_temporary() -> None:
    with receiver(hangs, reads=False) as r:
        assert send(r.port, deadline=0.5).result is Result.TEMPORARY
    outcome = send(r.port)
    assert outcome == Outcome(Result.TEMPORARY, answer="Connection refused")


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_no_mail_goes_out_in_the_clear_when_tls_is_wanted(box: Box, tls: str) -> None:
    assert send(box, tls=tls).result in (Result.TEMPORARY, Result.CHANNEL)
    assert box.mails == []


def test_an_address_beyond_ascii_needs_a_server_that_takes_it(box: Box) -> None:
    outcome = send(box, "jö@example.org", "jo@bücher.example")
    assert list(outcome.refused) == ["jö@example.org"]
    assert box.mails[0]["To"] == "jo@xn--bcher-kva.example"
    with mail_server(Box(), enable_SMTPUTF8=True) as modern:
        assert send(modern, "jö@example.org").delivered == ("jö@example.org",)
        assert modern.mails[0]["To"] == "jö@example.org"


def test_signed_links_do_not_come_back_in_an_answer(box: Box) -> None:
    box.after = ["554 5.7.1 bad link https://backup.example.org/u/un5ubscribeKey here"]
    assert send(box).answer == "554 5.7.1 bad link *** here"


def test_a_link_that_is_cut_leaves_nothing_of_it(box: Box) -> None:
    link = "https://backup.example.org/u/" + "un5ubscribe" * 20
    box.after = ["554 5.7.1 " + "bad " * 40 + link]
    assert "un5" not in send(box, made=message(unsubscribe=link)).answer


@pytest.mark.parametrize("sender", ["Jo <", "Backup, Inc. <a@b.c>", "a b@c", "x@y@z", "ä@b.c\r\nBcc: x@y.z"])
def test_a_sender_that_is_no_address_is_the_channel(box: Box, sender: str) -> None:
    outcome = send_message(MailServer("127.0.0.1", box.port, sender), [(JO, message())], 5)
    assert outcome == Outcome(Result.CHANNEL, answer="the sender that is set for mail is no address")


@pytest.mark.parametrize(
    "sender", ["root", "Büro für Sicherung <a@bücher.example>", '"Backup, Inc." <a@b.c>']
)
def test_a_sender_may_have_a_name_and_no_domain(box: Box, sender: str) -> None:
    outcome = send_message(MailServer("127.0.0.1", box.port, sender), [(JO, message())], 5)
    assert outcome.delivered == (JO,)
    assert box.mails[0]["From"] == sender.replace("bücher", "xn--bcher-kva")


ANY = st.text(max_size=60) | st.text("ab@.<>(),;:\"\\[] \t\r\nä\u200b\u2028=?%!'-_1😀", max_size=20)


@settings(max_examples=300, deadline=None)
@given(
    sender=ANY,
    to=ANY | st.builds("{}@{}".format, ANY, ANY),
    made=st.builds(
        message, subject=ANY, text=ANY, html=ANY, job=ANY, kind=ANY, uid=ANY, thread=ANY, unsubscribe=ANY
    ),
)
def test_whatever_is_in_a_message_its_head_is_ours(sender: str, to: str, made: Message) -> None:
    try:
        raw = letter(sender, to, made).as_bytes()
    except ValueError:
        return
    mail = message_from_bytes(raw, policy=policy.default)
    assert len(mail.keys()) == len(set(mail.keys()))
    assert not {"Bcc", "Cc", "Reply-To"} & set(mail.keys())
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "\n" not in mail["Subject"]


def test_without_recipients_nothing_is_sent(box: Box) -> None:
    server = MailServer("127.0.0.1", box.port, "a@b.c")
    assert send_message(server, [], 5) == Outcome(Result.CHANNEL, answer="there is no recipient")
