"""The wrapper as files that stand alone: what a machine fetches that has nothing of ours."""

import ast
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
# Modules of ours, each after those that it imports.
MODULES = ("relay", "spool", "words", "report", "run")
# An address of a server that can be written into a program; a client chooses what it calls us.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-_:\[\]]{1,255}(?:/[A-Za-z0-9._~-]{1,200}){0,10}/?", re.ASCII)


def python_file(url: str) -> str:
    """run.py, with the address of the server in it."""
    return _joined().replace('\nURL = ""\n', f"\nURL = {_known(url)!r}\n", 1)


def shell_file(url: str) -> str:
    """report.sh, with the address of the server in it."""
    text = (FOLDER / "report.sh").read_text("utf-8")
    return text.replace("\nurl='' ", f"\nurl='{_known(url)}' ", 1)


def _known(url: str) -> str:
    return url.rstrip("/") if _ADDRESS.fullmatch(url) else ""


@cache
def _joined() -> str:
    """All modules in one, without their imports of each other, below the words of the last."""
    last = (FOLDER / f"{MODULES[-1]}.py").read_text("utf-8")
    words = last[: last.index('"""\n', 3) + 4]
    parts = [_without_ours((FOLDER / f"{name}.py").read_text("utf-8")) for name in MODULES]
    return "\n\n".join(
        ["#!/usr/bin/env python3\n" + words + "\nfrom __future__ import annotations\n", *parts]
    )


def _without_ours(text: str) -> str:
    """The text of a module without its docstring, and without imports that the joined file has or needs none of."""
    tree, lines = ast.parse(text), text.splitlines()
    for node in tree.body:
        ours = isinstance(node, ast.ImportFrom) and (
            node.module == "__future__" or (node.module or "").startswith("duplistat.")
        )
        docstring = node is tree.body[0] and isinstance(node, ast.Expr)
        if ours or docstring:
            last = node.end_lineno or node.lineno
            lines[node.lineno - 1 : last] = [""] * (last - node.lineno + 1)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip() + "\n"
