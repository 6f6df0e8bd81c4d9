from duplistat.core.text import clean, clip_name, first_line


def test_text_is_made_fit_for_any_database_and_otherwise_kept() -> None:
    assert clean("a\0b") == "a\u2400b"
    assert clean("a\ud83db\udc00") == "a\ufffdb\ufffd"
    assert clean("Größe 😀 \x1b[31m<b>\r\n\t") == "Größe 😀 \x1b[31m<b>\r\n\t"
    clean("\0\ud800").encode()


def test_a_name_is_stripped_and_cleaned() -> None:
    assert clip_name("  Photos\0 ") == "Photos\u2400"
    assert clip_name(" \n ") == ""
    assert clip_name("x" * 200) == "x" * 200


def test_two_long_names_stay_two() -> None:
    one, two = clip_name("x" * 300 + "1"), clip_name("x" * 300 + "2")
    assert len(one) == len(two) == 200
    assert one != two
    assert one.startswith("x" * 191)
    assert clip_name("x" * 300 + "1") == one


def test_the_first_line_is_the_first_that_is_not_blank() -> None:
    assert first_line("\r\n  Access denied \r\n   at Foo()\n") == "Access denied"
    assert first_line("one\rtwo") == "one"
    assert first_line(" \n ") == ""
    assert first_line("x" * 600) == "x" * 499 + "…"
    assert first_line("abcdef", 4) == "abc…"
