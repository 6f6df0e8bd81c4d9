"""What is in a mail: its subject, its text, and what is attached to it."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from duplistat.formats.mail.message import MOST_PARTS, read, text_of_html


def letter(subject: str = "Backup", text: str = "It is done.\n", html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "NAS <root@nas.example>"
    mail["Date"] = "Wed, 28 Jan 2026 03:00:00 +0100"
    mail["Message-ID"] = "<1@nas>"
    if text:
        mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def test_head_and_text_are_read() -> None:
    mail = read(letter("Sicherung über Nacht: fertig", "Größe: 1 GB\n").as_bytes())
    assert (mail.subject, mail.text) == ("Sicherung über Nacht: fertig", "Größe: 1 GB\n")
    assert (mail.sender, mail.id) == ("root@nas.example", "<1@nas>")
    assert mail.sent == datetime(2026, 1, 28, 2, tzinfo=UTC)


def test_html_is_read_only_where_there_is_no_text() -> None:
    html = "<html><head><style>p{}</style></head><body><table><tr><td>Job</td><td>Docs</td></tr></table>a &lt; b</body>"
    assert read(letter(text="", html=html).as_bytes()).text == "Job Docs\na < b"
    assert read(letter(html=html).as_bytes()).text == "It is done.\n"
    assert text_of_html("<script>1<2</script><p>one<br>two") == "one\ntwo"


def test_texts_that_are_attached_are_read_and_others_are_not() -> None:
    mail = letter()
    mail.add_attachment("log of it\n", filename="backup.log")
    mail.add_attachment(b'{"a": 1}', maintype="application", subtype="octet-stream", filename="result.JSON")
    mail.add_attachment(b"\0\1", maintype="image", subtype="png", filename="logo.png")
    found = read(mail.as_bytes())
    assert [text.strip() for text in found.attachments] == ["log of it", '{"a": 1}']
    assert found.whole == "Backup\n\nIt is done.\n\n\nlog of it\n\n\n" + '{"a": 1}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\xff",
        b"Subject: =?utf-8?b?!!!?=\nDate: never\nContent-Type: text/plain; charset=nonsense\n\n\xff",
        b"Subject: =?nonsense?q?a?=\nDate: Mon, 32 Jan 99999 99:99:99 +9999\n\nx",
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\nContent-Type: text/plain\n\na\n" * (MOST_PARTS * 3),
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 500,
        b"Content-Transfer-Encoding: base64\n\n!!!",
    ],
)
def test_whatever_comes_is_read_as_far_as_it_goes(body: bytes) -> None:
    mail = read(body)
    assert mail.sent is None
    assert len(mail.text) <= len(body) + 100
