"""Badges: how some jobs are, as a picture, as JSON, and as shields.io wants it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.sax.saxutils import escape

from duplistat.core.visible import visible

LABEL_CHARS = 60
# Pixels of a letter of 11 pixels, about; and beside the words.
_LETTER, _BESIDE = 6.6, 10


class Check(StrEnum):
    """How a job is in the words of Healthchecks."""

    NEW = "new"
    UP = "up"
    GRACE = "grace"
    DOWN = "down"
    PAUSED = "paused"


UP, LATE, DOWN = "up", "late", "down"
_COLOURS = {UP: "#4c1", LATE: "#fe7d37", DOWN: "#e05d44"}
_SHIELDS = {UP: "success", LATE: "important", DOWN: "critical"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs there are, and how many of them are late within their grace, and down."""

    total: int
    grace: int
    down: int

    def word(self, states: int) -> str:
        """up or down; with three states also late."""
        if self.down:
            return DOWN
        return LATE if self.grace and states > 2 else UP


def tally_of(checks: Iterable[Check]) -> Tally:
    known = list(checks)
    return Tally(len(known), known.count(Check.GRACE), known.count(Check.DOWN))


def as_json(tally: Tally, states: int) -> dict[str, Any]:
    return {"status": tally.word(states), "total": tally.total, "grace": tally.grace, "down": tally.down}


def as_shields(label: str, word: str) -> dict[str, Any]:
    return {"schemaVersion": 1, "label": _shown(label), "message": word, "color": _SHIELDS[word]}


def as_svg(label: str, word: str) -> str:
    """A picture of two words side by side. What others wrote in the label cannot end it."""
    shown = _shown(label)
    left, right = round(len(shown) * _LETTER) + _BESIDE, round(len(word) * _LETTER) + _BESIDE
    width, name = left + right, escape(shown)
    texts = "".join(
        f'<text x="{x / 2:g}" y="15" fill="#010101" fill-opacity=".3">{text}</text>'
        f'<text x="{x / 2:g}" y="14">{text}</text>'
        for x, text in ((left, name), (2 * left + right, word))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"'
        f' aria-label="{escape(shown, {chr(34): "&quot;"})}: {word}">'
        f'<mask id="round"><rect width="{width}" height="20" rx="3" fill="#fff"/></mask>'
        f'<g mask="url(#round)"><rect width="{left}" height="20" fill="#555"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[word]}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif"'
        f' text-rendering="geometricPrecision" font-size="11">{texts}</g></svg>'
    )


def _shown(label: str) -> str:
    text = visible(label)
    return text if len(text) <= LABEL_CHARS else text[: LABEL_CHARS - 1] + "…"
