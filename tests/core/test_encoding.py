"""Text in whichever encoding it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.encoding import charset_of, parameters, text_of, unquoted

TEXT = '{"name":"Büro €"}'
WESTERN = '{"name":"Büro"}'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (TEXT.encode(), TEXT),
        (TEXT.encode("utf-8-sig"), TEXT),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), TEXT),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT),
        (TEXT.encode("utf-16-le"), TEXT),
        (TEXT.encode("utf-16-be"), TEXT),
        (WESTERN.encode("latin-1"), WESTERN),
        (TEXT.encode("cp1252"), TEXT),
        (b"b\xc3\xbcro, b\xfcro \x81", "büro, büro \x81"),
        (b"Caf\xe9", "Café"),
        (b"b\xc3\xbcro \xe2\x82", "büro \ufffd"),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"\xef\xbb\xbf", ""),
        (b"\xff\xfe{", "\ufffd"),
    ],
    ids=[
        "utf-8", "its mark", "utf-16 le", "utf-16 be", "le without a mark", "be without a mark",
        "latin-1", "windows-1252", "both", "latin-1 to its end", "cut off", "none", "a mark", "a mark of 8", "half",
    ],
)  # fmt: skip
def test_a_body_is_read_in_its_encoding(body: bytes, text: str) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("content_type", "text", "encoding"),
    [
        ("application/json; charset=windows-1251", "Бюро", "cp1251"),
        ('text/plain; charset="KOI8-R"', "Бюро", "koi8-r"),
        ("text/plain;charset=iso-8859-15", "büro €", "iso-8859-15"),
        ("text/plain; charset=IBM850", "büro", "cp850"),
        ("text/plain; charset=ISO-8859-1", "büro €", "cp1252"),
        ("text/plain; charset=iso-8859-1", "büro €", "utf-8"),
        ("text/plain; charset=utf-8", "büro", "latin-1"),
        ("text/plain; charset=utf-16", "büro", "utf-16-le"),
        ("text/plain; charset=Shift_JIS", "会社", "shift_jis"),
        ("text/plain; charset=no-such-thing", "büro", "latin-1"),
        ("text/plain; charset=rot13", "büro", "latin-1"),
        ("text/plain; charset=", "büro", "latin-1"),
    ],
)
def test_a_charset_counts_for_bytes_that_are_no_utf_8(content_type: str, text: str, encoding: str) -> None:
    assert text_of(text.encode(encoding), charset_of(content_type)) == text


@pytest.mark.parametrize(
    ("quoted", "text"),
    [
        ("b%C3%BCro", "büro"),
        ("b%FCro", "büro"),
        ("b%fcro+%2B", "büro++"),
        ("büro%FC", "büroü"),
        ("100%", "100%"),
    ],
)
def test_what_is_quoted_is_read_in_its_encoding(quoted: str, text: str) -> None:
    assert unquoted(quoted) == text


@pytest.mark.parametrize(
    "query",
    [b"server=b%FCro&a=x+y&c", b"server=b%C3%BCro&a=x%20y&&c=", "server=bürö&a=x y&c".encode("latin-1")],
)
def test_parameters_are_read_one_by_one(query: bytes) -> None:
    server = "bürö" if b"\xf6" in query else "büro"
    assert parameters(query) == [("server", server), ("a", "x y"), ("c", "")]
    assert parameters(query.decode("latin-1")) == parameters(query)


@given(st.binary(max_size=200), st.sampled_from(["", "cp1251", "shift_jis"]))
def test_any_bytes_are_some_text(body: bytes, charset: str) -> None:
    assert isinstance(text_of(body, charset), str)
    assert isinstance(unquoted(body.decode("latin-1"), charset), str)
    assert isinstance(parameters(body), list)


@given(st.text(st.characters(codec="utf-8")))
def test_utf_8_is_never_taken_for_another(text: str) -> None:
    if "\0" not in text[:4]:
        assert text_of(text.encode(), "cp1251") == text.removeprefix("\ufeff")
