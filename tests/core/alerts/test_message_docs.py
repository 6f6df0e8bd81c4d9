"""The documentation names every variable of templates and every field of a webhook's data."""

import re
from pathlib import Path
from typing import Any

from duplistat.core.alerts import template
from duplistat.core.alerts.compose import compose
from duplistat.core.alerts.template_variables import (
    CauseVariables,
    CountVariables,
    EventVariables,
    ProblemVariables,
    TemplateVariables,
    meanings,
)
from tests.support import notices
from tests.support.notices import event, notice, problem

DOCS = Path(__file__).parents[3] / "docs"


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    _, _, after = (DOCS / page).read_text("utf-8").partition(f"\n{heading}\n")
    below = re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in below.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_variable_is_documented_with_its_meaning() -> None:
    for heading, shape in {
        "## Variables": TemplateVariables,
        "### Each of `problems`": ProblemVariables,
        "### Each of `events`": EventVariables,
        "### Each of `counts`": CountVariables,
        "### Each of `causes`": CauseVariables,
    }.items():
        assert rows("message-templates.md", heading) == [
            [f"`{name}`", meaning] for name, meaning in meanings(shape).items()
        ]


def test_each_filter_is_documented() -> None:
    found = [
        cells[0].strip("`").partition("(")[0]
        for cells in rows("message-templates.md", "## What a template can do")
    ]
    assert found == list(template.FILTERS)


def test_the_examples_of_templates_can_be_used() -> None:
    text = (DOCS / "message-templates.md").read_text("utf-8")
    examples = re.findall(r"```jinja\n(.*?)```", text, re.DOTALL)
    assert [template.check(example) for example in examples] == [None, None]


def test_each_field_of_the_data_is_documented() -> None:
    cause = {"cause": "server", "cause_name": "nas", "total": 1, "counts": {"failed": 1}, "worst": problem()}
    facts = notice(problem(), events=[event()], causes=[cause])
    data: dict[str, Any] = compose(facts, notices.style(), notices.LINKS).data
    for heading, fields in {
        "## Data of a webhook": data,
        "### Each of `problems`": data["problems"][0],
        "### Each of `causes`": data["causes"][0],
        "### Each of `events`": data["events"][0],
    }.items():
        assert [cells[0] for cells in rows("messages.md", heading)] == [f"`{name}`" for name in fields]
    links = next(cells[1] for cells in rows("messages.md", "## Data of a webhook") if cells[0] == "`links`")
    assert re.findall(r"`(\w+)`", links) == list(data["links"])
