"""Long tests begin first, whatever their number, and none is lost."""

import pytest

from tests.support.long_first import dealt


@pytest.mark.parametrize(
    ("items", "processes", "order"),
    [
        ("abcdEFgh", 2, "Eabc" + "Fdgh"),
        ("abcdEFGhi", 2, "EGab" + "Fcdhi"),
        ("abC", 1, "Cab"),
        ("ABCDe", 2, "AC" + "BDe"),
        ("ab", 4, "ab"),
        ("", 4, ""),
    ],
)
def test_each_process_begins_with_its_share(items: str, processes: int, order: str) -> None:
    assert "".join(dealt([*items], str.isupper, processes)) == order
