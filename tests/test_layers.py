"""Imports point down, never up, sideways or in circles; the core is pure; no file grows out of hand."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "duplistat"
ARCHITECTURE = ROOT.parent / "docs/architecture.md"
# Whoever stands on one line may import from the lines below it.
LAYERS = (
    (
        "app",
        "programs",
        "beginning",
        "cli",
        "serve",
        "listening",
        "restoring",
        "companion",
        "companion_work",
        "mail_server",
        "mail_certificate",
        "receiving",
        "__main__",
    ),
    ("web", "apis", "jobs", "demo"),
    ("http",),
    ("services",),
    ("store", "formats", "notify", "agents"),
    ("outbound",),
    ("core", "wrapper"),
)
# What belongs to no layer: where it may be imported from is said here.
ANYWHERE = {
    "duplistat",
    "duplistat.config",
    "duplistat.config_error",
    "duplistat.sections",
    "duplistat.setting_types",
    "duplistat.now",
    "duplistat.logs",
    "duplistat.log_file",
}
# These know the formats of all tools.
RECOGNISERS = ("duplistat.formats.recognise", "duplistat.formats.tool_outputs")
MOST_LINES = 400
NOT_PURE = ("flask", "peewee", "playhouse", "requests", "socket", "sqlite3", "psycopg", "os", "logging")
CLOCKS = {"time.time", "time.time_ns", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today"}


def layer_of(module: str) -> int | None:
    room = module.split(".")[1] if "." in module else ""
    return next((number for number, rooms in enumerate(LAYERS) if room in rooms), None)


def unit_of(module: str, room: str) -> str | None:
    """The module or package directly within a room that a module belongs to; None for the room itself."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[1] == room else None


def wrong_arrows(module: str, imported: str) -> list[str]:
    """What is wrong with one module's import of another; both are ours."""
    arrow = f"{module} -> {imported}"
    mine, its = layer_of(module), layer_of(imported)
    if imported in ANYWHERE:
        return (
            [f"{arrow}: core knows nothing of ours but core"] if module.startswith("duplistat.core") else []
        )
    if module in ANYWHERE:
        return [f"{arrow}: what is imported from anywhere stands below all layers"]
    if mine is None or its is None:
        return [f"{arrow}: one of them is in no layer"]
    if its < mine:
        return [f"{arrow}: points up"]
    same_room = module.split(".")[1] == imported.split(".")[1]
    if its == mine and not same_room and mine != 0:
        return [f"{arrow}: points sideways"]
    for room in ("apis", "formats"):
        units = unit_of(module, room), unit_of(imported, room)
        if None not in units and units[0] != units[1] and module not in RECOGNISERS:
            return [f"{arrow}: two modules of {room} do not know each other"]
    return []


def name_of(path: Path) -> str:
    parts = ("duplistat", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """The modules that a file imports, wherever it does so; a name from a package counts as its module."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports by a relative name"
            base = node.module or ""
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in SOURCES else base


def arrows_within(room: str) -> dict[str, set[str]]:
    """Which packages and modules of a room import which others of it."""
    arrows: dict[str, set[str]] = {}
    for module, path in SOURCES.items():
        unit = unit_of(module, room)
        if unit is not None:
            others = {unit_of(imported, room) for imported in imports_of(path)} - {unit, None}
            arrows.setdefault(unit, set()).update(other for other in others if other)
    return {unit: others for unit, others in arrows.items() if others}


def documented(room: str) -> dict[str, set[str]]:
    """The same, as docs/architecture.md has it: a table whose head names the room."""
    lines = ARCHITECTURE.read_text("utf-8").splitlines()
    head = lines.index(f"| in `{room}/` | imports |")
    table: dict[str, set[str]] = {}
    for line in takewhile(lambda line: line.startswith("|"), lines[head + 2 :]):
        unit, *others = re.findall(r"`(\w+)`", line)
        table[unit] = set(others)
    return table


@pytest.mark.parametrize("room", ["services", "web"])
def test_packages_import_what_the_table_says(room: str) -> None:
    assert arrows_within(room) == documented(room)


@pytest.mark.parametrize("room", ["services", "web"])
def test_packages_of_a_room_form_no_circle(room: str) -> None:
    arrows = {unit: others - {room} for unit, others in arrows_within(room).items() if unit != room}
    assert list(TopologicalSorter(arrows).static_order())


def test_there_is_something_to_look_at() -> None:
    assert {"duplistat.app", "duplistat.core.health", "duplistat.apis.duplistatus.upload"} <= SOURCES.keys()


def test_imports_point_down() -> None:
    arrows = [
        (module, imported)
        for module, path in SOURCES.items()
        for imported in imports_of(path)
        if imported.split(".")[0] == "duplistat"
    ]
    assert len(arrows) > len(SOURCES)
    assert [problem for arrow in arrows for problem in wrong_arrows(*arrow)] == []


def test_the_core_is_pure() -> None:
    core = {module: path for module, path in SOURCES.items() if module.startswith("duplistat.core")}
    assert core
    assert {module: found for module, path in core.items() if (found := impure(path))} == {}


def impure(path: Path) -> list[str]:
    """What a file imports or calls that has to do with more than its arguments."""
    tree = ast.parse(path.read_text("utf-8"))
    attributes = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [
        *(name for name in imports_of(path) if name.split(".")[0] in NOT_PURE),
        *(name for name in attributes if name in CLOCKS or name.endswith(".datetime.now")),
    ]


def test_what_is_not_pure_is_found() -> None:
    assert impure(ROOT / "now.py")


def test_no_file_is_longer_than_one_can_read() -> None:
    lines = {module: len(path.read_text("utf-8").splitlines()) for module, path in SOURCES.items()}
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("duplistat.core.health", "duplistat.store.jobs"),
        ("duplistat.core.health", "duplistat.config"),
        ("duplistat.store.jobs", "duplistat.services.reports.intake"),
        ("duplistat.store.jobs", "duplistat.formats.simple"),
        ("duplistat.services.reports.intake", "duplistat.http.body"),
        ("duplistat.services.reports.intake", "duplistat.apis.health"),
        ("duplistat.apis.health", "duplistat.apis.duplistatus.reads"),
        ("duplistat.apis.duplistatus.upload", "duplistat.apis.health"),
        ("duplistat.web.overview.page", "duplistat.apis.health"),
        ("duplistat.apis.health", "duplistat.web.overview.page"),
        ("duplistat.jobs.scheduler", "duplistat.web"),
        ("duplistat.web.overview.page", "duplistat.app"),
        ("duplistat.formats.simple", "duplistat.formats.duplicati.form"),
        ("duplistat.formats.duplicati.form", "duplistat.formats.recognise"),
        ("duplistat.config", "duplistat.store.jobs"),
        ("duplistat.outbound.transport", "duplistat.agents.address"),
    ],
)
def test_an_arrow_up_or_sideways_is_found(module: str, imported: str) -> None:
    assert len(wrong_arrows(module, imported)) == 1


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("duplistat.app", "duplistat.web"),
        ("duplistat.cli.jobs", "duplistat.serve"),
        ("duplistat.web.overview.page", "duplistat.store.jobs"),
        ("duplistat.apis.health", "duplistat.store.scheduler_lease"),
        ("duplistat.apis.duplistatus.upload", "duplistat.apis.duplistatus.shapes"),
        ("duplistat.formats.recognise", "duplistat.formats.simple"),
        ("duplistat.formats.duplicati.form", "duplistat.formats.duplicati.values"),
        ("duplistat.services.reports.intake", "duplistat.config"),
        ("duplistat.store.jobs", "duplistat.core.status"),
        ("duplistat.notify.webhook", "duplistat.outbound.transport"),
    ],
)
def test_an_arrow_down_is_none(module: str, imported: str) -> None:
    assert wrong_arrows(module, imported) == []
