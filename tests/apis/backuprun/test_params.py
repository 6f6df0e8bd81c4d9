"""Parameters of a call, and elements of its answer: without a server."""

import pytest

from duplistat.apis.backuprun.params import CallError, Params
from duplistat.apis.backuprun.xml import Element


def number(text: str) -> int | None:
    return Params([("n", text)]).number("n", -10, 10)


@pytest.mark.parametrize(
    ("text", "means"), [("7", 7), ("-7", -7), (" 07 ", 7), ("-0", 0), ("", None), (" ", None)]
)
def test_a_number_is_digits_with_a_sign_before_them(text: str, means: int | None) -> None:
    assert number(text) == means


@pytest.mark.parametrize(
    "text", ["--7", "---", "-", "+7", "7-", "1_0", "7.0", "0x7", "\u0667", "\u00b2", "7 7"]
)
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(CallError) as e:
        number(text)
    assert (e.value.code, e.value.message) == ("invalid", "n must be a whole number")


@pytest.mark.parametrize("text", ["11", "-11", "9" * 19])
def test_a_number_has_bounds(text: str) -> None:
    with pytest.raises(CallError, match="n must be between -10 and 10"):
        number(text)


def test_of_a_name_that_comes_twice_the_first_counts() -> None:
    params = Params([("agent-id", "1"), ("agent_id", "2"), ("AgentID", "3")])
    assert params.text("agent-id") == "1"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('[{"job":"a"}]', "[{&quot;job&quot;:&quot;a&quot;}]"),
        ("it's", "it's"),
        ("a \"b\" 'c' <&>\r\n\t\x01", "a &quot;b&quot; 'c' &lt;&amp;&gt;&#13;&#10;&#9;\ufffd"),
    ],
)
def test_a_value_stands_in_double_quotes_whatever_it_holds(value: str, written: str) -> None:
    # As clients were shown: a pattern such as name="([^"]*)" finds it.
    assert Element("agent", {"name": value}).write() == f'<agent name="{written}"></agent>'
