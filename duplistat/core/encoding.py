"""Text from bytes in whichever encoding they came: bodies, fields of forms, parameters of addresses.

What is UTF-8 is UTF-8, whatever a header says: relays claim anything. Only bytes that are none are read as the
charset that a sender names, else as Windows-1252, which has all that is printable in Latin-1.
"""

import codecs
import re
from urllib.parse import unquote_to_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where the zero bytes of a text in ASCII are that came without a mark.
_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.ASCII | re.IGNORECASE)
# What a sender may name. ISO 8859-1 is missing: as in browsers, it is Windows-1252.
_KNOWN = re.compile(
    r"cp\d{3,4}|iso8859-(?:[2-9]|1\d)|koi8-[rtu]|mac-\w+|shift_jis|euc_jp|euc_kr|gb2312|gbk|gb18030|big5"
)


def _one_by_one(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, as Windows-1252 has them; what is UTF-8 around them stays."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101  # registered for decoding only
    body, start, end = error.object, error.start, error.end
    if error.reason == "unexpected end of data" and _is_utf8(body[:start]):
        return "\ufffd", end
    return "".join(_western(byte) for byte in body[start:end]), end


def _western(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:  # five bytes are nothing there
        return chr(byte)


def _is_utf8(before: bytes) -> bool:
    """Whether bytes hold characters of UTF-8 beyond ASCII: then one that is cut off is one more of them."""
    try:
        return not before.isascii() and bool(before.decode("utf-8"))
    except UnicodeDecodeError:
        return False


codecs.register_error("western", _one_by_one)


def text_of(body: bytes, charset: str = "") -> str:
    """The text of a body: UTF-8, UTF-16, else the `charset` that its sender names, else Windows-1252.

    Never raises; a mark at the beginning is taken away, and a half character becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, errors="western" if encoding == "utf-8" else "replace")
    if b"\0" in body[:4] and (wide := _ZEROS.get(tuple(byte == 0 for byte in body[:4]))):
        return body.decode(wide, errors="replace")
    if charset:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return body.decode(charset, errors="replace")
    return body.decode("utf-8", errors="western")


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type names, for `text_of`; "" for none, for an unknown one, and for UTF-8."""
    found = _CHARSET.search(content_type)
    if found is None:
        return ""
    try:
        name = codecs.lookup(found[1]).name
    except LookupError:
        return ""
    return name if _KNOWN.fullmatch(name) else ""


def unquoted(text: str, charset: str = "") -> str:
    """A text with its %XX undone: `b%C3%BCro` and `b%FCro` are both `büro`. "+" stays what it is."""
    return text_of(unquote_to_bytes(text), charset) if "%" in text else text


def parameters(query: bytes | str) -> list[tuple[str, str]]:
    """The (name, value) of a raw query string, in order, decoded one by one; text is as WSGI has it, Latin-1."""
    raw = query if isinstance(query, bytes) else query.encode("latin-1", errors="replace")
    found = []
    for part in raw.replace(b"+", b" ").split(b"&"):
        name, _, value = part.partition(b"=")
        if part:
            found.append((text_of(unquote_to_bytes(name)), text_of(unquote_to_bytes(value))))
    return found
