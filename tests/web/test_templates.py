"""Templates are short enough to read, and leave sums to the views."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
MOST = 160
# A sentence that is one text in the catalogue cannot be broken.
WHOLE = '_("'
# In the catalogue, or no text; and a sign that is put between two texts, which each language has in its own way.
_ASIDE = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{#.*?#\}", re.DOTALL)
_SIGN = re.compile(r"""(?:\}\}|%\}|</\w+>)[:;]\s.{0,40}|~ ["'][:;] ?["']""")
ROW = re.compile(r"<tr\b(?:(?!<tr\b|{% endmacro).)*?</tr>", re.DOTALL)
PRESSED = re.compile(
    r'\b(?:button|danger_link)\((?:[^()]|\([^()]*\))*\)|<button[^>]*>|<a class="button[^>]*>'
)


def test_no_line_of_a_template_is_longer_than_one_can_read() -> None:
    long = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > MOST and WHOLE not in line
    ]
    assert long == []


def test_each_button_of_a_row_says_whose_it_is_to_those_who_listen() -> None:
    bare = [
        f"{path.relative_to(TEMPLATES)}: {found}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for row in ROW.findall(path.read_text("utf-8"))
        for found in PRESSED.findall(row)
        if "aria-label" not in found and "about=" not in found
    ]
    assert bare == []


def test_texts_are_put_together_by_the_signs_of_the_language() -> None:
    """By `colon()` and `semicolon()`. The page of the API is in English."""
    found = {
        str(path.relative_to(TEMPLATES)): _SIGN.findall(_ASIDE.sub("{{ text }}", path.read_text("utf-8")))
        for path in TEMPLATES.rglob("*.html")
        if path.name != "api.html"
    }
    assert {path: signs for path, signs in found.items() if signs} == {}
