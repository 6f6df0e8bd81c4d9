"""What others wrote stays readable, and does nothing."""

import pytest

from duplistat.core.alerts.plain import address, block, line_of_log, lines_of, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a \t b\r\nc ", "a b c"),
        ("\x1b[1;31merror\x1b[0m", "error"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b", ""),
        ("gpj\u202eexe\u2069", "gpjexe"),
        ("soft\u00adhyphen\ufeff\u200b", "softhyphen"),
        ("نامه\u200cها 👨\u200d👩", "نامه\u200cها 👨\u200d👩"),
        ("\ud800\ue000\U000e0041", ""),
        ("Müller · 数据 · ñ", "Müller · 数据 · ñ"),
    ],
)
def test_a_line_has_nothing_that_acts(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_line_of_a_log_keeps_how_it_is_indented() -> None:
    assert line_of_log("\tat  x:3 \x07") == "    at  x:3"
    assert line_of_log("y" * 400) == "y" * 299 + "…"


def test_a_text_of_any_length_is_cut_quickly() -> None:
    assert one_line("\x1b[31m" * 1_000_000 + "x", 50) == ""
    assert lines_of("\n\na\n" * 100_000, 3) == ["a", "", ""]
    assert lines_of("", 3) == []


def test_a_block_keeps_its_lines() -> None:
    assert block("a\r\n\x00b \u2028c") == "a\nb\nc"


@pytest.mark.parametrize(
    "url", ["https://a.example/n/x.y?z=1#t", "http://127.0.0.1:9666/jobs/7", "https://[2001:db8::1]/x"]
)
def test_an_address_stays(url: str) -> None:
    assert address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/jobs/7",
        "javascript:alert(1)",
        "ftp://x",
        "https://x y",
        'https://x"y',
        "https://ü",
        "https://x/" * 300,
    ],
)
def test_what_is_no_address_is_no_link(url: str) -> None:
    assert address(url) == ""
