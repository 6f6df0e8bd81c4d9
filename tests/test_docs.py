"""The documentation says what the program does: every setting, command, route and metric, and nothing else."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from flask import Flask

from duplistat.app import create_app
from duplistat.cli import main
from duplistat.config import SECTIONS, Config, load
from duplistat.now import wall_clock
from duplistat.services.commands import schedule_defaults
from duplistat.services.monitoring.metrics import Measures
from duplistat.store.database import Database

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# Rows that a page must have, one a line: it is easier to paste them than to guess what is missing.
PASTE = "\n\n{page} should have:\n\n{rows}\n"

A_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# At the start of a line, by its path, or inside a container.
A_COMMAND = re.compile(r"(?:^|/bin/|docker exec \w+ )duplistat (.+)$")


@pytest.fixture
def app(tmp_path: Path, db: Database) -> Flask:
    return create_app(Config(data=tmp_path), db=db)


def fences(page: Path, *languages: str) -> list[str]:
    """The blocks of code of a page in some languages."""
    return [code for _, language, code in A_FENCE.findall(page.read_text("utf-8")) if language in languages]


def prose(page: Path) -> str:
    return A_FENCE.sub("", page.read_text("utf-8"))


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    begin = text.index(f"\n{heading}\n") + len(heading) + 2
    following = re.search(r"^#+ ", text[begin:], re.MULTILINE)
    return text[begin : begin + following.start()] if following else text[begin:]


def table_rows(text: str) -> list[str]:
    """The rows of the tables in a text, without heads."""
    lines = text.splitlines()
    return [
        line
        for number, line in enumerate(lines)
        if line.startswith("| ")
        and not line.startswith("| ---")
        and not (number + 1 < len(lines) and lines[number + 1].startswith("| ---"))
    ]


def require(page: str, found: list[str], wanted: list[str]) -> None:
    assert found == wanted, PASTE.format(page=page, rows="\n".join(wanted))


# Settings.


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def setting_rows(name: str) -> list[str]:
    rows = []
    for key, field in SECTIONS[name].model_fields.items():
        limits = [
            getattr(limit, bound)
            for bound in ("ge", "le")
            for limit in field.metadata
            if hasattr(limit, bound)
        ]
        between = f"; {limits[0]} to {limits[1]}" if len(limits) == 2 else ""
        rows.append(
            f"| `{key}` | `{toml(field.default)}` | `DUPLISTAT_{name.upper()}_{key.upper()}` "
            f"| {field.description}{between} |"
        )
    return rows


@pytest.mark.parametrize("name", SECTIONS)
def test_each_setting_is_documented_with_its_default(name: str) -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    require("docs/configuration.md", table_rows(section(text, f"## [{name}]")), setting_rows(name))


def test_the_example_holds_every_setting_with_its_default_and_a_comment() -> None:
    file = ROOT / "config.example.toml"
    content = tomllib.loads(file.read_text("utf-8"))
    assert {name: list(keys) for name, keys in content.items()} == {
        name: list(model.model_fields) for name, model in SECTIONS.items()
    }
    assert load(file, environment={}).model_dump() == Config().model_dump()
    lines = file.read_text("utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert before.startswith("# "), f"{line} has no comment above it"


# Commands.


def commands(
    group: click.Command = main, path: tuple[str, ...] = ("duplistat",)
) -> Iterator[tuple[str, click.Command]]:
    """Every command that `--help` shows, with its full name."""
    if not isinstance(group, click.Group):
        yield " ".join(path), group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield from commands(command, (*path, name))


def option_rows(command: click.Command) -> list[str]:
    rows = []
    context = click.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Argument):
            rows.append(f"| `{parameter.make_metavar(context)}` | |")
        elif record is not None and not getattr(parameter, "hidden", False):
            names, text = (re.sub(r"\s+", " ", part).replace("|", "\\|") for part in record)
            rows.append(f"| `{names}` | {text} |")
    return rows


def command_rows(name: str, command: click.Command) -> list[str]:
    return [f"## {name}", *option_rows(command)]


def test_each_command_is_documented_with_its_options() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    found, wanted = [], []
    for heading in re.findall(r"^## (duplistat .+)$", text, re.MULTILINE):
        found += [f"## {heading}", *table_rows(section(text, f"## {heading}"))]
    for name, command in commands():
        wanted += command_rows(name, command)
    require("docs/commands.md", found, wanted)


def parsed(line: str, *, strict: bool) -> None:
    """Parse a command line as the program would, without doing anything. Raises click's exceptions."""
    words = shlex.split(line, comments=True)[1:]
    for end in ("|", ">", "<", "&&", ";", "&"):
        if end in words:
            words = words[: words.index(end)]
    command: click.Command = main
    context = click.Context(main, info_name="duplistat")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"there is no command {name!r}")
        command = found
        context = click.Context(command, info_name=name, parent=context)
    if isinstance(command, click.Group):
        known = {option for parameter in command.get_params(context) for option in parameter.opts}
        unknown = set(words) - known
        if unknown:
            raise click.UsageError(f"no such option: {unknown}")
        return
    try:
        command.make_context(command.name or "", words, parent=context.parent)
    except click.MissingParameter:
        if strict:
            raise


def quoted_commands(page: Path) -> Iterator[tuple[str, bool]]:
    """The command lines on a page; those in blocks of code are whole (True), others may be a mention."""
    for code in fences(page, "sh"):
        for line in code.replace("\\\n", " ").splitlines():
            if found := A_COMMAND.search(line):
                yield f"duplistat {found[1]}", True
    for mention in re.findall(r"`(duplistat [^`]+)`", prose(page)):
        yield mention, False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_quoted_command_line_parses(page: Path) -> None:
    for line, strict in quoted_commands(page):
        try:
            parsed(line, strict=strict)
        except click.ClickException as error:
            pytest.fail(f"{page.name}: `{line}`: {error.format_message()}")


def test_a_wrong_command_line_would_be_found() -> None:
    for line in ("duplistat nonsense", "duplistat key create --color x", "duplistat key nonsense"):
        with pytest.raises(click.ClickException):
            parsed(line, strict=False)
    with pytest.raises(click.MissingParameter):
        parsed("duplistat key create --name x", strict=True)


# Routes.


def routes(app: Flask) -> list[str]:
    found = []
    for rule in app.url_map.iter_rules():
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        found.append(f"| `{methods}` | `{path}` |")
    return sorted(found)


def test_each_route_is_documented(app: Flask) -> None:
    text = (DOCS / "routes.md").read_text("utf-8")
    found = sorted("|".join(row.split("|")[:3]) + "|" for row in table_rows(text))
    require("docs/routes.md", found, routes(app))


# Metrics.


def metric_rows(db: Database) -> list[str]:
    config = Config()
    rows = []
    for metric in Measures(db, (1,), wall_clock(), schedule_defaults(config), 10).collect():
        suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
        labels = ", ".join(f"`{label}`" for label in getattr(metric, "_labelnames", ()))
        if metric.type == "info":
            labels = ", ".join(f"`{label}`" for label in metric.samples[0].labels)
        kind = "gauge" if metric.type == "info" else metric.type
        rows.append(f"| `{metric.name}{suffix}` | {kind} | {labels or '-'} | {metric.documentation} |")
    return rows


def test_each_metric_is_documented_with_its_labels(db: Database) -> None:
    text = (DOCS / "metrics.md").read_text("utf-8")
    found = table_rows(section(text, "## All metrics"))
    require("docs/metrics.md", found, metric_rows(db))


# Dependencies.


def test_each_dependency_has_a_reason_and_a_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [
        *project["dependencies"],
        *(n for extra in project["optional-dependencies"].values() for n in extra),
    ]
    wanted = sorted({re.split(r"[\[<>=! ]", name)[0].lower() for name in names})
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in table_rows(section((DOCS / "dependencies.md").read_text("utf-8"), "## At run time"))
    ]
    assert sorted(row[0].lower() for row in rows) == wanted
    assert all(licence and reason for _, licence, reason in rows)
