"""Addresses of web pages that people type, to be opened by others: checked, so that a link does nothing else."""

from urllib.parse import urlsplit

from duplistat.core.agent_address import host_of

LONGEST = 1000


def web_address_of(text: str) -> str | None:
    """An address such as https://10.0.0.5:8200/, as it was typed but for blanks around it; "" for none.

    None for what is no address with http or https, is too long, or has blanks or signs that belong into none; and for
    one with a name or password, which everybody who sees the link would be told.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    wrong = (
        len(text) > LONGEST
        or not text.isascii()
        or not text.isprintable()
        or any(sign in text for sign in ' "<>\\^`{|}')
        or parts.scheme not in ("http", "https")
        or "@" in parts.netloc
        or port == 0
        or host_of(parts.hostname or "") is None
    )
    return None if wrong else text
