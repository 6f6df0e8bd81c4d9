"""Every Homepage widget of the documentation, against real answers, as Homepage shows them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from flask.testing import FlaskClient

from duplistat.app import create_app
from duplistat.config import Config
from duplistat.core.times import iso_ms
from duplistat.store.database import Database
from tests.support.bodies import duplicati, simple
from tests.support.homepage import at, cells, shown
from tests.test_docs import DOCS, ROOT, fences

PAGES = (ROOT / "README.md", DOCS / "homepage.md", DOCS / "protocols" / "duplistatus.md")
NOW = datetime.now(UTC)
START = iso_ms(NOW - timedelta(hours=30))
# What nobody is to read on a card.
ODD = re.compile(r"NaN|null|None|undefined|1970|years ago")


def blocks(page: Path) -> list[str]:
    return [code for code in fences(page, "yaml") if "customapi" in code]


def services(text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(group, service, widget) of a services.yaml."""
    for group in yaml.safe_load(text):
        for name, listed in group.items():
            for service in listed:
                for title, settings in service.items():
                    yield name, title, settings["widget"]


def widgets(*pages: Path) -> list[dict[str, Any]]:
    return [widget for page in pages for block in blocks(page) for *_, widget in services(block)]


@pytest.fixture
def client(tmp_path: Path, db: Database) -> FlaskClient:
    return create_app(Config(data=tmp_path), db=db).test_client()


def asked(client: FlaskClient, widget: dict[str, Any]) -> Any:
    """What the API answers to exactly the url of a widget."""
    parts = urlsplit(widget["url"])
    response = client.get(f"{parts.path}?{parts.query}")
    assert response.status_code == 200, widget["url"]
    return response.get_json()


def test_all_blocks_may_stand_in_one_file() -> None:
    pasted = "\n".join(block for page in PAGES[:2] for block in blocks(page))
    found = list(services(pasted))
    names = [title for _, title, _ in found]
    groups = [name for group in yaml.safe_load(pasted) for name in group]
    assert len(set(groups)) == len(groups) > 5
    assert len({(group, title) for group, title, _ in found}) == len(names)


def test_each_block_is_what_homepage_knows() -> None:
    for widget in widgets(*PAGES):
        assert widget["type"] == "customapi"
        assert set(widget) <= {"type", "url", "headers", "refreshInterval", "display", "mappings"}
        assert widget["refreshInterval"] >= 1000
        if widget.get("display") == "dynamic-list":
            assert {"items", "name", "label"} <= set(widget["mappings"])
            continue
        assert len(widget["mappings"]) <= 4 or widget.get("display") == "list", "only four would be shown"
        assert all(one["field"] != "error" for one in widget["mappings"]), "Homepage's card would break"


def test_each_mapping_finds_its_value(client: FlaskClient) -> None:
    tomorrow = (NOW + timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    body = duplicati(START, server="server-01", next_run=tomorrow)
    assert client.post("/api/upload", json=body).status_code == 200
    for widget in widgets(*PAGES):
        answer, mappings = asked(client, widget), widget["mappings"]
        if isinstance(mappings, list):
            for one in mappings:
                assert at(answer, one["field"]) is not None, one["field"]
        assert all(text and not ODD.search(text) for _, text in cells(widget, answer, NOW))


def nothing(client: FlaskClient) -> None:
    """A server of which only a restore is known."""
    body = duplicati(START, server="server-01", operation="Restore")
    assert client.post("/api/upload", json=body).status_code == 200


def little(client: FlaskClient) -> None:
    """A run that failed, and told nothing."""
    body = simple(server="server-01", status="fatal", start=START)
    assert client.post("/api/upload", json=body).status_code == 200


@pytest.mark.parametrize("known", [nothing, little])
def test_no_card_shows_anything_odd_where_little_is_known(client: FlaskClient, known: Any) -> None:
    known(client)
    for widget in widgets(*PAGES):
        answer = asked(client, widget)
        for label, text in cells(widget, answer, NOW):
            assert not ODD.search(text), (widget["url"], label, text)


def test_a_server_without_a_backup_never_started_one(client: FlaskClient) -> None:
    nothing(client)
    started = [
        text
        for widget in widgets(*PAGES)
        for label, text in cells(widget, asked(client, widget), NOW)
        if label in ("Started", "Ended")
    ]
    assert started
    assert set(started) == {"never"}


def test_an_overdue_job_is_called_so_beside_its_success(client: FlaskClient) -> None:
    then = NOW - timedelta(days=14)
    told = (then + timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    body = duplicati(iso_ms(then), server="server-01", next_run=told)
    assert client.post("/api/upload", json=body).status_code == 200
    card = next(w for w in widgets(DOCS / "homepage.md") if w["url"].endswith("lastbackup/server-01"))
    lines = dict(cells(card, asked(client, card), NOW))
    assert (lines["Job is"], lines["Run ended in"], lines["Overdue jobs"]) == ("overdue", "success", "1")
    assert lines["Started"] == "2 weeks ago"
    wall = widgets(ROOT / "README.md")[0]
    assert dict(cells(wall, asked(client, wall), NOW)) == {
        "Fine": "0",
        "Warnings": "0",
        "Failed": "0",
        "Overdue": "1",
    }


@pytest.mark.parametrize(
    ("mapping", "of_null", "remapped"),
    [
        ({}, "", "never"),
        ({"format": "bytes"}, "", "never"),
        ({"format": "duration"}, "", ""),
        ({"format": "relativeDate"}, "57 years ago", "never"),
        ({"format": "date"}, "January 1, 1970", "never"),
        ({"format": "number"}, "NaN", "NaN"),
        ({"suffix": "min"}, "null min", "never min"),
    ],
)
def test_formats_are_as_the_page_says(mapping: dict[str, Any], of_null: str, remapped: str) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    assert shown(mapping, None, now) == of_null
    assert shown(mapping | {"remap": [{"value": None, "to": "never"}]}, None, now) == remapped


def test_the_model_shows_what_homepage_was_seen_to_show() -> None:
    assert shown({"format": "bytes"}, 604588687156, NOW) == "605 GB"
    assert shown({"format": "duration"}, 93784, NOW) == "1d2h"
    assert (
        shown({"format": "relativeDate"}, iso_ms(NOW - timedelta(hours=2, minutes=5)), NOW) == "3 hours ago"
    )
    assert shown({"remap": [{"value": "0", "to": "none"}]}, 0, NOW) == "0"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 180
