"""docs/development.md says where to change what: the files and names that it gives exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "development.md"
# `path`: `name`, `name`
A_PLACE = re.compile(r"`([\w./]+)`: (`\w+`(?:, `\w+`)*)")
A_PATH = re.compile(r"(create )?`((?:duplistat|templates|tests|docs)/[\w./]*)`", re.IGNORECASE)


def section() -> str:
    text = PAGE.read_text("utf-8")
    return " ".join(text[text.index("\n## Where do I change …?\n") :].split())


def test_each_path_exists_and_what_is_to_be_created_does_not() -> None:
    found = A_PATH.findall(section())
    assert len(found) > 30
    assert [path for new, path in found if (ROOT / path).exists() == bool(new)] == []


def test_each_name_stands_in_its_file() -> None:
    places = [
        (path, name) for path, names in A_PLACE.findall(section()) for name in re.findall(r"\w+", names)
    ]
    assert len(places) > 20
    missing = [
        f"{path}: {name}"
        for path, name in places
        if not re.search(
            rf"^\s*(?:def|class|{{%-? macro) {name}\b|^{name}\b.* = ", (ROOT / path).read_text("utf-8"), re.M
        )
    ]
    assert missing == []


def test_there_is_an_example_of_each_kind() -> None:
    text = PAGE.read_text("utf-8")
    for example in (
        "A backup tool's format",
        "A column on the overview",
        "A settings page",
        "A notification channel",
    ):
        assert f"\n### {example}\n" in text
