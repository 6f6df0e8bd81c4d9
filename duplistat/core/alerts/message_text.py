"""A message as plain text: whole, as a mail has it, and short, as chats and phones show it."""

from duplistat.core import formatting
from duplistat.core.alerts.budget import fit, start
from duplistat.core.alerts.content import Content, Item
from duplistat.core.alerts.moments import Moments
from duplistat.core.i18n import Say

MOST = 60_000
# What the tightest of the services takes that have no other limit of ours (Pushover: 1,024).
MOST_SHORT = 900
# So much of the first lines in a short text.
_MOST_SHORT_ROW = 240
_INDENT = "  "


def whole_text(content: Content, moments: Moments, note: str = "") -> str:
    """The whole message, at most MOST characters; items are left out from the end. `note` goes before all else."""
    say = moments.say
    head = [
        *([note, ""] if note else []),
        content.headline,
        *(["", *table(content, say)] if content.rows else []),
    ]
    if content.causes:
        heads = (_head(content.causes_label, say), _head(content.items_label, say))
        head += ["", heads[0], *_causes(content, say), "", heads[1]]
    tail = [
        *(["", *content.after] if content.after else []),
        *_quoted(content, say),
        *(["", *(formatting.labelled(*link, say) for link in content.links)] if content.links else []),
        "",
        content.footer,
        *([say.formats.colon.join(content.unsubscribe)] if content.unsubscribe else []),
    ]
    items = [
        f"- {_line(item, say)}" + (f"\n{_INDENT}{item.url}" if item.url else "") for item in content.items
    ]
    begin = "\n".join([*head, *([""] if items and not content.items_label else [])])
    return (
        fit(
            begin,
            items,
            "\n".join(tail),
            MOST,
            lambda count: formatting.more(count, say),
            content.more,
        )
        + "\n"
    )


def short_text(content: Content, moments: Moments) -> str:
    """The first lines, items or causes, and the page's address, at most MOST_SHORT characters.

    Links that act are not in it.
    """
    say = moments.say
    rows = [formatting.labelled(label, start(text, _MOST_SHORT_ROW), say) for label, text in content.rows]
    quoted = [] if content.quoted_label or not content.quoted else list(content.quoted)
    page = [url for _, url in content.links[:1]] if content.links else []
    lines = [content.headline, *rows] if not content.items else [content.headline]
    items = _causes(content, say) or [f"- {_line(item, say)}" for item in content.items] or quoted
    tail = "\n".join([*content.after, *page])
    return fit(
        "\n".join(lines),
        items,
        tail,
        MOST_SHORT,
        lambda count: formatting.more(count, say),
        0 if content.causes else content.more,
    )


def table(content: Content, say: Say) -> list[str]:
    """Label and text of each row, one below the other."""
    rows = [(_head(label, say), text) for label, text in content.rows]
    width = max(len(label) for label, _ in rows) + 1
    return [f"{label:<{width}}{text}" for label, text in rows]


def _head(label: str, say: Say) -> str:
    """What stands above or before something else: The worst:"""
    return f"{label}{say.formats.colon.rstrip(' ')}"


def _line(item: Item, say: Say) -> str:
    return formatting.labelled(item.name, item.text, say)


def _causes(content: Content, say: Say) -> list[str]:
    return [f"- {formatting.labelled(*cause, say)}" for cause in content.causes]


def _quoted(content: Content, say: Say) -> list[str]:
    """What others wrote is indented, so that nobody takes it for ours."""
    if not content.quoted:
        return []
    if not content.quoted_label:
        return ["", *content.quoted]
    return ["", _head(content.quoted_label, say), *(f"{_INDENT}{line}" for line in content.quoted)]
