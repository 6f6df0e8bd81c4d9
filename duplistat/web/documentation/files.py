"""Which pages the documentation has: the files of docs/, by their names in addresses."""

from functools import cache
from pathlib import Path

from flask import current_app

# The page of all pages: its address is that of the folder.
START = "README"


def pages() -> dict[str, Path]:
    """{name, such as protocols/duplistatus: its file}. Beside static/, in a checkout and once installed."""
    return _below(Path(str(current_app.static_folder)).parent / "docs")


@cache
def _below(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.md"))
    }
