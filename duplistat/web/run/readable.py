"""A body as a person reads it: indented where it is JSON, its fields one by one where it is a form."""

import re
from urllib.parse import parse_qsl

from duplistat.core.encoding import charset_of, text_of
from duplistat.web.formatting import visible

# Characters that are shown; the rest is in the file.
SHOWN = 200_000
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50
# Deeper than this nothing moves further to the right: a body of brackets alone stays a page.
DEEPEST = 20

# A string (to the end, where nothing closes it), a mark, or whatever stands between those.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


def readable(body: bytes, content_type: str) -> tuple[str, bool]:
    """The beginning of a body as text, with nothing unseen in it; and whether more follows."""
    # Each byte is a character at most: no more of them are looked at than could be shown.
    text = text_of(body[: SHOWN + 4], charset_of(content_type))
    if content_type.partition(";")[0].strip().lower() == FORM:
        text = _fields(text)
    elif text.lstrip()[:1] in ("{", "["):
        text = indented(text)
    return visible(text[:SHOWN], lines=True), len(body) > SHOWN + 4 or len(text) > SHOWN


def indented(text: str) -> str:
    """JSON, or nearly so, with a line for each value. Nothing but white space is changed."""
    out: list[str] = []
    depth, before = 0, ""
    for part in _TOKEN.findall(text):
        if part in "]}":
            depth -= 1
        if (before in ("[", "{", ",") and part not in "]}") or (part in "]}" and before not in ("[", "{")):
            out.append("\n" + "  " * min(max(depth, 0), DEEPEST))
        out.append(": " if part == ":" else part)
        if part in "[{":
            depth += 1
        before = part
    return "".join(out)


def _fields(text: str) -> str:
    try:
        fields = parse_qsl(text, keep_blank_values=True, errors="western", max_num_fields=MOST_FIELDS)
    except ValueError:
        return text
    shown = (
        f"{name} =\n{indented(value) if value.lstrip()[:1] in ('{', '[') else value}"
        for name, value in fields
    )
    return "\n\n".join(shown)
