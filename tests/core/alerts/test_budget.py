"""Texts are cut between items, and say what is missing."""

from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.alerts.budget import fit, kept, start

LINE = st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=40)


def more(count: int) -> str:
    return f"and {count} more"


def test_what_fits_stays_as_it_is() -> None:
    assert fit("head", ["a", "b"], "tail", 100, more) == "head\na\nb\ntail"
    assert fit("head", ["a", "b"], "", 100, more, missing=3) == "head\na\nb\nand 3 more"


def test_items_go_from_the_end_and_are_counted() -> None:
    items = ["first item", "second item", "third item"]
    assert fit("head", items, "tail", 40, more) == "head\nfirst item\nand 2 more\ntail"
    assert fit("head", items, "tail", 25, more, missing=4) == "head\nand 7 more\ntail"


def test_lines_of_the_head_go_before_the_tail_does() -> None:
    assert (
        fit("failed\nsince then\nfor that reason", [], "https://link", 30, more)
        == "failed\nsince then\nhttps://link"
    )
    assert fit("a long first line", [], "https://a-long-link", 12, more) == "a long firs…"


@given(
    items=st.lists(LINE, max_size=12),
    limit=st.integers(0, 300),
    missing=st.integers(0, 50),
)
def test_no_item_is_cut_and_none_is_missing_in_silence(items: list[str], limit: int, missing: int) -> None:
    found = kept(items, limit, more, missing)
    assert sum(len(line) + 1 for line in found) <= limit
    if not found:
        return
    whole = next((n for n in range(len(items), -1, -1) if found[:n] == items[:n]), 0)
    left = len(items) - whole + missing
    assert found == [*items[:whole], *([more(left)] if left else [])]


@given(
    head=st.lists(LINE, min_size=1, max_size=5),
    items=st.lists(LINE, max_size=12),
    tail=st.lists(LINE, max_size=3),
    limit=st.integers(1, 400),
)
def test_a_text_is_never_longer_than_its_limit(
    head: list[str], items: list[str], tail: list[str], limit: int
) -> None:
    text = fit("\n".join(head), items, "\n".join(tail), limit, more)
    assert len(text) <= limit
    allowed = {*head, *items, *tail, *(more(n) for n in range(len(items) + 1))}
    assert set(text.split("\n")) <= allowed or text == start(head[0], limit)


@given(st.text(max_size=60), st.integers(-2, 70))
def test_a_beginning_says_that_it_is_one(text: str, limit: int) -> None:
    found = start(text, limit)
    assert len(found) <= max(limit, 0)
    assert found == text or not found or (found.endswith("…") and text.startswith(found[:-1]))
