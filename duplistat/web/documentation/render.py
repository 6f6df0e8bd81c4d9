"""A page of the documentation as HTML: headings with anchors, links that lead to our own pages of it."""

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it.token import Token

_LEFT_OUT = re.compile(r"[^\w\- ]")


class Heading(NamedTuple):
    """A part of a page: what it is called, and its anchor."""

    text: str
    anchor: str


class Page(NamedTuple):
    title: str
    parts: Sequence[Heading]
    html: Markup


def render(text: str, name: str, address_of: Callable[[str], str | None]) -> Page:
    """The page of that name, such as protocols/duplistatus. Its text is Markdown with tables, without HTML.

    `address_of` gives the address of another page by its name; what is none of ours is no link here.
    """
    # Loaded when the first page is asked for.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    headings = list(_anchored(tokens))
    _no_empty_heads(tokens)
    for token in tokens:
        _strip(token)
        for child in token.children or ():
            _strip(child)
        if token.children:
            token.children = list(_linked(token.children, posixpath.dirname(name), address_of))
    parts = [heading for level, heading in headings if level == "h2"]
    title = next((heading.text for level, heading in headings if level == "h1"), name)
    html = parser.renderer.render(tokens, parser.options, {})
    # What is wider than its box scrolls, by keys too.
    html = html.replace("<pre>", '<pre tabindex="0">')
    # Our own files, which no sender has a part in; and the parser escapes all that is text.
    return Page(title, parts, Markup(html))  # noqa: S704


def anchor_of(heading: str) -> str:
    """What a heading is called in addresses, as GitHub has it."""
    return _LEFT_OUT.sub("", heading.lower()).replace(" ", "-")


def _anchored(tokens: Sequence["Token"]) -> Iterator[tuple[str, Heading]]:
    """Give each heading its anchor; (h1 or deeper, it)."""
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        anchor = anchor_of(text)
        number = seen[anchor] = seen.get(anchor, -1) + 1
        heading = Heading(text, f"{anchor}-{number}" if number else anchor)
        token.attrSet("id", heading.anchor)
        yield token.tag, heading


def _no_empty_heads(tokens: Sequence["Token"]) -> None:
    """A head of a column without a word is none, for whoever listens."""
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not inline.content:
            opening.tag = closing.tag = "td"


def _strip(token: "Token") -> None:
    """Columns say by a style how they are aligned, which no page may have."""
    token.attrs.pop("style", None)


def _linked(
    tokens: Sequence["Token"], folder: str, address_of: Callable[[str], str | None]
) -> Iterator["Token"]:
    """Tokens of one line with links to our pages; of links to other files only their text."""
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrs.get("href", "")), folder, address_of)
            dropped.append(address is None)
            if address is None:
                continue
            token.attrSet("href", address)
            if "://" in address:
                token.attrSet("rel", "noreferrer")
        elif token.type == "link_close" and dropped.pop():
            continue
        elif token.type == "image":
            # A picture is not carried along: its words are.
            yield from token.children or ()
            continue
        yield token


def _address(link: str, folder: str, address_of: Callable[[str], str | None]) -> str | None:
    if link.startswith("#") or "://" in link or link.startswith("mailto:"):
        return link
    path, _, part = link.partition("#")
    if not path.endswith(".md"):
        return None
    address = address_of(posixpath.normpath(posixpath.join(folder, path)).removesuffix(".md"))
    return address and (f"{address}#{part}" if part else address)
