"""Reasons are kept as codes, and said in any language."""

import pytest

from duplistat.core.reason import DOUBTS, MESSAGES, Code, Reason, dump, load, load_message, reason
from duplistat.core.reason_words import message_of, words

AT = 1_769_565_600_000


def test_what_was_kept_comes_back() -> None:
    kept = [
        reason(Code.VERIFICATION_FAILED, at=AT, files=None, message='a "b"\nü'),
        reason(Code.RUNNING, at=None, part=0.5),
    ]
    assert load(dump(kept)) == kept
    assert load("") == []


@pytest.mark.parametrize("text", ["Overdue", "[1]", '{"code":1}', '[{"other":1}]'])
def test_what_was_kept_before_there_were_codes_is_a_text(text: str) -> None:
    assert load(text) == [Reason(Code.TEXT, {"text": text})]
    assert words(load(text), AT) == [text]


@pytest.mark.parametrize("code", Code)
def test_every_code_has_words_without_any_value(code: Code) -> None:
    told = words([reason(code, text="t", status="error")], AT)
    assert any(isinstance(piece, str) and piece for piece in told)
    assert words([reason(code, text="t", status="error")] * 2, AT) == [*told, ". ", *told]


@pytest.mark.parametrize("code", MESSAGES)
def test_a_message_that_no_sender_wrote_is_a_code(code: Code) -> None:
    number = {"number": 1204} if code in DOUBTS else {}
    kept = dump([reason(code, **number)])
    assert load_message(kept) == [reason(code, **number)]
    assert "{" not in message_of(kept)
    assert ("1,204" in message_of(kept)) == bool(number)
    assert message_of(kept) in words([reason(Code.ENDED, at=AT, status="warning", message=kept)], AT)[-1:][0]  # type: ignore[operator]


@pytest.mark.parametrize(
    "message",
    [
        "disk full",
        '[{"code":"went_silent"}',
        '[{"code":"went_silent"}, {"code":"went_silent"}]',
        '[{"code":"paused"}]',
        '[{"code":"unheard_of"}]',
        '[{"code":[]}]',
        '[{"code":"errors_in_log","number":"3"}]',
        '[{"code":"errors_in_log","number":true}]',
        '[{"code":"errors_in_log","at":3}]',
        '[{"code":"went_silent"},3]',
        '[{"code":' * 3000,
    ],
)
def test_a_message_of_a_sender_stays_as_it_is_whatever_it_looks_like(message: str) -> None:
    assert load_message(message) == []
    assert message_of(message) == message
