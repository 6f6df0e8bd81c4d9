"""A digest as a message: subject, text, HTML and short text."""

from collections.abc import Sequence
from typing import cast

from markupsafe import Markup

from duplistat.core.alerts.budget import fit
from duplistat.core.alerts.digest_facts import DigestFacts, Part
from duplistat.core.alerts.digest_lines import (
    Style,
    Told,
    counts_words,
    lead_of,
    page_of,
    sections_of,
    subject_of,
)
from duplistat.core.alerts.message_html import ITEM, document, joined
from duplistat.core.alerts.message_text import MOST_SHORT
from duplistat.core.alerts.notice import NoticeFacts
from duplistat.core.formatting import more


def digest_message(
    facts: NoticeFacts, style: Style, *, note: str = "", foot: Sequence[Sequence[str]] = ()
) -> tuple[str, str, str, str]:
    """Subject, text, HTML (a whole document) and short text of a notice of the kind `digest`.

    `note` goes before all else; `foot` are lines for its end, each a text and the address that it leads to, or "".
    """
    content = cast(DigestFacts, facts["details"])
    subject, sections = subject_of(content, style), sections_of(content, style)
    return (
        subject,
        _text(content, sections, style, note, foot),
        _html(content, subject, sections, style, note, foot),
        _short(subject, sections, content, style),
    )


def _text(
    facts: DigestFacts, sections: Sequence[Told], style: Style, note: str, foot: Sequence[Sequence[str]]
) -> str:
    lines = [*([note, ""] if note else []), lead_of(facts, style)]
    for section in sections:
        lines += ["", section.title.upper(), *filter(None, [section.note])]
        for item in section.items:
            lines.append(f"- {item.text}")
            if style.base_url and item.path and section.part == Part.NOW:
                lines.append(f"  {style.base_url}{item.path}")
        lines += [f"- {section.more}"] if section.more else []
    if style.base_url:
        lines += ["", f"{style.base_url}{page_of(facts, style.zone)}"]
    lines += (
        ["", *(style.say.formats.colon.join(filter(None, line)) for line in foot if line)] if foot else []
    )
    return "\n".join(lines) + "\n"


def _short(subject: str, sections: Sequence[Told], facts: DigestFacts, style: Style) -> str:
    """The subject and what needs somebody, in whole lines."""
    end = f"{style.base_url}{page_of(facts, style.zone)}" if style.base_url else ""
    urgent = next((section for section in sections if section.part == Part.NOW), None)
    items = [f"- {item.text}" for item in urgent.items] if urgent else []
    total = facts["sections"][0]["total"]
    return fit(subject, items, end, MOST_SHORT, lambda left: f"- {more(left, style.say)}", total - len(items))


_FRAME = Markup('<div style="max-width:720px">\n{}</div>\n')
_LEAD = Markup('<p style="margin:0 0 12px;font-size:17px"><strong>{}</strong></p>\n')
_SMALL = Markup('<p style="margin:0 0 12px">{}</p>\n')
_TITLE = Markup('<h2 style="margin:20px 0 6px;font-size:16px">{}</h2>\n')
_LIST = Markup('<ul style="margin:0;padding:0 0 0 20px">\n{}</ul>\n')
_TABLE = Markup(
    '<table cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:14px">\n<tr>{}</tr>\n{}</table>\n'
)
_HEAD = Markup('<th align="left" style="padding:2px 12px 2px 0;border-bottom:1px solid #8c959f">{}</th>')
_CELL = Markup('<td style="padding:2px 12px 2px 0;vertical-align:top">{}</td>')
_ROW = Markup("<tr>{}</tr>\n")
_LINK = Markup('<a href="{}" style="color:#0969da">{}</a>')


def _html(
    facts: DigestFacts,
    subject: str,
    sections: Sequence[Told],
    style: Style,
    note: str,
    foot: Sequence[Sequence[str]],
) -> str:
    """A whole document for mail programs: inline style, and nothing to be fetched."""

    def linked(text: str, path: str) -> Markup:
        return (
            _LINK.format(f"{style.base_url}{path}", text) if style.base_url and path else Markup.escape(text)
        )

    body = _SMALL.format(note) if note else Markup("")
    body += _LEAD.format(counts_words(facts, style.say)) + _SMALL.format(lead_of(facts, style))
    for section in sections:
        body += _TITLE.format(section.title)
        body += _SMALL.format(section.note) if section.note else Markup("")
        if section.heads:
            rows = joined(
                _ROW.format(
                    joined(
                        _CELL.format(linked(cell, item.path) if number == 0 else cell)
                        for number, cell in enumerate(item.cells)
                    )
                )
                for item in section.items
            )
            body += _TABLE.format(joined(_HEAD.format(head) for head in section.heads), rows)
            body += _SMALL.format(section.more) if section.more else Markup("")
        elif section.items:
            lines = [linked(item.text, item.path) for item in section.items]
            body += _LIST.format(
                joined(ITEM.format(line) for line in [*lines, *filter(None, [Markup.escape(section.more)])])
            )
    if style.base_url:
        address = page_of(facts, style.zone)
        body += _SMALL.format(linked(style.say.gettext("Open this digest as a page"), address))
    for text, address in (line for line in foot if line):
        body += _SMALL.format(_LINK.format(address, text) if address else text)
    return document(_FRAME.format(body), subject, style.say)
