"""A message as HTML for mail: tables and inline style, since mail programs know no more, and nothing to be fetched.

No background of its own but where text stands on a colour: so it is readable on white and on black.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.alerts.content import Content
from duplistat.core.alerts.moments import Moments
from duplistat.core.alerts.notice import Severity
from duplistat.core.alerts.plain import address
from duplistat.core.i18n import Say

GOOD = "#1a7f37"
_COLOURS = {
    Severity.INFO: "#57606a",
    Severity.WARNING: "#9a6700",
    Severity.ERROR: "#cf222e",
    Severity.CRITICAL: "#8e1519",
}
_FONT = (
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45"
)
_DOCUMENT = Markup(
    '<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n<meta name="color-scheme" content="light dark">\n'
    '<meta name="supported-color-schemes" content="light dark">\n<title>{subject}</title>\n</head>\n'
    '<body style="margin:0;padding:16px;{font}">\n{body}</body>\n</html>\n'
)
_FRAME = Markup(
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px">\n{}</table>\n'
)
_ROW = Markup('<tr><td style="padding:0 0 12px">{}</td></tr>\n')
_BADGE = Markup(
    '<span style="display:inline-block;padding:2px 8px;border-radius:4px;background:{};'
    'color:#ffffff;font-weight:bold">{}</span>'
)
_HEADLINE = Markup('<strong style="font-size:17px">{}</strong>')
_TABLE = Markup('<table role="presentation" cellpadding="0" cellspacing="0">\n{}</table>')
_CELLS = Markup(
    '<tr><td style="padding:2px 16px 2px 0;vertical-align:top;white-space:nowrap;opacity:0.75">{}</td>'
    '<td style="padding:2px 0;vertical-align:top">{}</td></tr>\n'
)
_LIST = Markup('<ul style="margin:0;padding:0 0 0 20px">\n{}</ul>')
ITEM = Markup('<li style="padding:2px 0">{}</li>\n')
_LABEL = Markup('<div style="padding:0 0 4px;opacity:0.75">{}</div>')
_QUOTED = Markup(
    '<pre style="margin:0;padding:8px 12px;border:1px solid #8c959f;border-radius:4px;'
    "font-family:Consolas,Menlo,monospace;font-size:13px;white-space:pre-wrap;word-break:break-word"
    '">{}</pre>'
)
_TEXT = Markup('<div style="white-space:pre-wrap">{}</div>')
_BUTTON = Markup(
    '<a href="{}" style="display:inline-block;margin:0 4px 4px 0;padding:8px 14px;border:1px solid #2179e0;'
    'border-radius:6px;color:#2179e0;text-decoration:none;font-weight:bold">{}</a>'
)
_ANCHOR = Markup('<a href="{}" style="color:#2179e0">{}</a>')
_SMALL = Markup('<div style="font-size:12px;opacity:0.75">{}</div>')
_SMALL_LINK = Markup('<a href="{}" style="font-size:12px;color:#2179e0">{}</a>')
_NOTE = Markup('<div style="padding:8px 12px;border:1px solid #9a6700;border-radius:4px">{}</div>')


def whole_html(content: Content, moments: Moments, note: str = "") -> str:
    """A whole document that says what the text says. `note` goes before all else."""
    label = _LABEL.format(content.quoted_label) if content.quoted_label else Markup("")
    quoted = _QUOTED.format("\n".join(content.quoted)) if content.quoted_label else _own(content.quoted)
    parts = [
        _NOTE.format(note) if note else "",
        _BADGE.format(GOOD if content.good else _COLOURS[content.severity], content.state),
        _HEADLINE.format(content.headline) if content.headline else "",
        _TABLE.format(joined(_CELLS.format(*row) for row in content.rows)) if content.rows else "",
        _below(content.causes_label, _causes(content, moments.say)) if content.causes else "",
        _below(content.items_label, _items(content, moments)) if content.items else "",
        *(Markup("{}").format(line) for line in content.after),
        label + quoted if content.quoted else "",
        Markup("\n").join(_BUTTON.format(url, label) for label, url in content.links),
        _SMALL.format(content.footer),
        _SMALL_LINK.format(*reversed(content.unsubscribe)) if content.unsubscribe else "",
    ]
    rows = joined(_ROW.format(part) for part in parts if part)
    return document(_FRAME.format(rows), content.subject, moments.say)


def html_of_text(text: str, subject: str, moments: Moments) -> str:
    """A document of a text that a template of a channel made."""
    return document(_FRAME.format(_ROW.format(_TEXT.format(text.rstrip()))), subject, moments.say)


def document(body: Markup, subject: str, say: Say) -> str:
    """A whole document for mail programs around what it shows."""
    return str(_DOCUMENT.format(language=say.code, subject=subject, font=_FONT, body=body))


def _own(lines: Sequence[str]) -> Markup:
    """What this server wrote; a line that is an address leads there."""
    shown = [_ANCHOR.format(line, line) if address(line) else Markup("{}").format(line) for line in lines]
    return _TEXT.format(Markup("\n").join(shown))


def _below(label: str, items: Markup) -> Markup:
    return (_LABEL.format(label) if label else Markup("")) + _LIST.format(items)


def _causes(content: Content, say: Say) -> Markup:
    return joined(ITEM.format(_said(*cause, say)) for cause in content.causes)


def _items(content: Content, moments: Moments) -> Markup:
    lines = [
        _said(_ANCHOR.format(item.url, item.name) if item.url else item.name, item.text, moments.say)
        for item in content.items
    ]
    more = [Markup.escape(formatting.more(content.more, moments.say))] if content.more else []
    return joined(ITEM.format(line) for line in [*lines, *more])


def _said(name: str, text: str, say: Say) -> Markup:
    return Markup("{}{}{}").format(name, say.formats.colon, text)


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces behind each other."""
    return Markup("").join(parts)
