"""A message as plain text: whole, as a mail has it, and short, as chats and phones show it."""

from duplistat.core import formatting
from duplistat.core.alerts.budget import fit, start
from duplistat.core.alerts.content import Content
from duplistat.core.alerts.moments import Moments

MOST = 60_000
# What the tightest of the services takes that have no other limit of ours (Pushover: 1,024).
MOST_SHORT = 900
# So much of the first lines in a short text.
_MOST_SHORT_ROW = 240
_INDENT = "  "


def whole_text(content: Content, moments: Moments, note: str = "") -> str:
    """The whole message, at most MOST characters; items are left out from the end. `note` goes before all else."""
    head = [*([note, ""] if note else []), content.headline, *(["", *table(content)] if content.rows else [])]
    if content.causes:
        head += ["", f"{content.causes_label}:", *_causes(content), "", f"{content.items_label}:"]
    tail = [
        *(["", *content.after] if content.after else []),
        *_quoted(content),
        *(["", *(f"{label}: {url}" for label, url in content.links)] if content.links else []),
        "",
        content.footer,
        *([": ".join(content.unsubscribe)] if content.unsubscribe else []),
    ]
    items = [f"- {item.line}" + (f"\n{_INDENT}{item.url}" if item.url else "") for item in content.items]
    begin = "\n".join([*head, *([""] if items and not content.items_label else [])])
    return (
        fit(
            begin,
            items,
            "\n".join(tail),
            MOST,
            lambda count: formatting.more(count, moments.say),
            content.more,
        )
        + "\n"
    )


def short_text(content: Content, moments: Moments) -> str:
    """The first lines, items or causes, and the page's address, at most MOST_SHORT characters.

    Links that act are not in it.
    """
    rows = [f"{label}: {start(text, _MOST_SHORT_ROW)}" for label, text in content.rows]
    quoted = [] if content.quoted_label or not content.quoted else list(content.quoted)
    page = [url for _, url in content.links[:1]] if content.links else []
    lines = [content.headline, *rows] if not content.items else [content.headline]
    items = _causes(content) or [f"- {item.line}" for item in content.items] or quoted
    tail = "\n".join([*content.after, *page])
    return fit(
        "\n".join(lines),
        items,
        tail,
        MOST_SHORT,
        lambda count: formatting.more(count, moments.say),
        0 if content.causes else content.more,
    )


def table(content: Content) -> list[str]:
    """Label and text of each row, one below the other."""
    width = max(len(label) for label, _ in content.rows) + 2
    return [f"{label + ':':<{width}}{text}" for label, text in content.rows]


def _causes(content: Content) -> list[str]:
    return [f"- {name}: {text}" for name, text in content.causes]


def _quoted(content: Content) -> list[str]:
    """What others wrote is indented, so that nobody takes it for ours."""
    if not content.quoted:
        return []
    if not content.quoted_label:
        return ["", *content.quoted]
    return ["", f"{content.quoted_label}:", *(f"{_INDENT}{line}" for line in content.quoted)]
