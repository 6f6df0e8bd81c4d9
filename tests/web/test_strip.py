"""The strip of days: few elements, widths that the style sheet has, and the same in words."""

import re
from datetime import date
from pathlib import Path

from duplistat.web.parts.strip import blocks, label, strip

UNTIL = date(2026, 11, 20).toordinal() - date(1970, 1, 1).toordinal()


def test_equal_days_are_one_element() -> None:
    assert strip("s" * 29, UNTIL) == "<b><i class=n29></i>29 OK</b>"
    assert strip("s" * 14 + "ff" + "s" + "l", UNTIL).count("<i") == 4


def test_a_strip_of_nothing_but_good_days_is_drawn_by_the_style_sheet() -> None:
    assert strip("s" * 30, UNTIL) == "<b>30 OK</b>"


def test_a_strip_is_said_in_words_with_the_days_that_were_not_good() -> None:
    assert label("s" * 20 + "f" + "s" * 8 + "l", UNTIL) == (
        "last 30 days: 28 OK, 1 failed (11 Nov), 1 missed (20 Nov)"
    )
    assert label("." * 27 + "wio", UNTIL) == (
        "last 30 days: 1 with warnings, 1 unknown result, 1 interrupted (19 Nov)"
    )
    assert label("." * 30, UNTIL) == "last 30 days: no backups"


def test_many_bad_days_are_counted_and_not_named() -> None:
    assert label("fff" + "s" * 27, UNTIL) == "last 30 days: 27 OK, 3 failed (22 Oct, 23 Oct, 24 Oct)"
    assert label("ffff" + "s" * 26, UNTIL) == "last 30 days: 26 OK, 4 failed"


def test_each_element_says_its_state_and_how_many_days_it_stands_for() -> None:
    squares = re.findall(r"<i[^>]*>", strip("s" + "ww" + "." * 26 + "f", UNTIL))
    assert squares == ["<i>", '<i class="w n2">', '<i class="x n26">', "<i class=f>"]


def test_a_long_strip_comes_in_blocks_with_their_dates_and_each_day_in_words() -> None:
    made = blocks("." * 60 + "s" * 29 + "f", UNTIL)
    assert "<time datetime=2026-08-23>" in made[0].first
    assert [(block.first.striptags(), block.last.striptags(), len(block.squares)) for block in made] == [
        ("23 Aug", "21 Sept", 30),
        ("22 Sept", "21 Oct", 30),
        ("22 Oct", "20 Nov", 30),
    ]
    assert made[0].squares[0] == ("x", "2026-08-23", "23 Aug: no backups", False)
    assert made[2].squares[28:] == [
        ("", "2026-11-19", "19 Nov: OK", False),
        ("f", "2026-11-20", "20 Nov: failed", True),
    ]


def test_the_style_sheet_knows_every_width_and_every_state() -> None:
    css = (Path(__file__).parents[2] / "static" / "days.css").read_text("utf-8")
    for length in range(2, 31):
        assert re.search(rf"\.n{length} ?\{{\s*--n: ?{length};?\s*\}}", css)
    for letter in "wfilox":
        assert f"i.{letter}.{letter} {{" in css
