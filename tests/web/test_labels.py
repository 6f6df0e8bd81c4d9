"""What servers are called where two have the same name."""

from duplistat.store.servers import Server
from duplistat.web.parts.labels import Label, labels_of


def server(id: int, name: str, *, alias: str | None = None, sender: str = "", machine: str = "") -> Server:
    return Server(id, 1, f"{id}", machine, name, alias, "{}", 0, 0, None, sender)


def test_a_name_that_one_server_has_stands_alone() -> None:
    assert labels_of([server(1, "a", sender="nut"), server(2, "b")]) == {1: Label("a", ""), 2: Label("b", "")}


def test_the_sender_tells_two_apart_and_one_without_a_sender_needs_no_more() -> None:
    labels = labels_of([server(1, "a", machine="4f1d2c3b"), server(2, "a", sender="nut\x1b")])
    assert [label.text for label in labels.values()] == ["a", "a (nut␛)"]


def test_machines_without_a_sender_are_told_apart_by_the_begin_of_their_ids() -> None:
    labels = labels_of([server(1, "a", machine="4f1d2c3b9a"), server(2, "a", machine="77aa00112233")])
    assert [label.text for label in labels.values()] == ["a (4f1d2c3b)", "a (77aa0011)"]


def test_an_alias_counts_as_the_name() -> None:
    labels = labels_of([server(1, "a", alias="x", sender="s"), server(2, "x", sender="t"), server(3, "a")])
    assert [label.text for label in labels.values()] == ["x (s)", "x (t)", "a"]
