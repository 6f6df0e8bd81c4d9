"""Pages change things in the name of who looks, and each action that is noted has words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from duplistat.web.settings.audit_words import ACTIONS, SUBJECTS
from tests.access.noted_commands import OF_MACHINES

SOURCES = Path(__file__).parents[2] / "duplistat"


def runs_in(text: str) -> Iterator[tuple[str, ast.Call]]:
    """Each place where a command is run or prepared, with its name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and re.search(r"\bwrites\.run$|^prepare$", ast.unparse(node.func)):
            yield ast.unparse(node.args[0]).rpartition(".")[2], node


def test_pages_change_things_by_commands_in_the_name_of_who_looks() -> None:
    """What has no session yet says itself who comes in, in `services`; everything else takes access.signature()."""
    unsigned = {command.__name__ for command in OF_MACHINES}
    found = 0
    for path in (SOURCES / "web").rglob("*.py"):
        text = path.read_text("utf-8")
        for name, call in runs_in(text):
            signed = [ast.unparse(given.value) for given in call.keywords if given.arg is None]
            assert (name in unsigned) is not ("signature()" in signed), (path, name)
            assert not {"by", "now"} & {given.arg for given in call.keywords}, (path, name)
            found += 1
        assert not re.search(r"\.transaction\(|db\.(change|execute|insert)\(", text), path
    assert found > 40


def test_every_action_has_words() -> None:
    actions = set()
    for path in [*(SOURCES / "services").rglob("*.py"), *(SOURCES / "cli").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = str(node.value) if isinstance(node, ast.Constant) else ""
            if re.fullmatch(r"[a-z]+\.[a-z_]+", text):
                actions.add(text)
    known = {action for action in actions if action.partition(".")[0] in SUBJECTS}
    assert len(known) > 30
    assert known <= ACTIONS.keys()
    assert {action.partition(".")[0] for action in ACTIONS} == SUBJECTS.keys()
