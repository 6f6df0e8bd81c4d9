"""Reasons are kept as codes, and said in any language."""

import pytest

from duplistat.core.reason import Code, Reason, dump, load, reason
from duplistat.core.reason_words import words

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
