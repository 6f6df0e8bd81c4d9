"""What the documentation shows is true: its links, its examples, its snippets of configuration."""

import json
import re
import shlex
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.app import create_app
from duplistat.config import Config, load
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.settings import set_job
from duplistat.store import job_notes
from duplistat.store.database import Database
from tests.support.alerting import Alerting
from tests.support.served_app import served_app
from tests.support.site import Site
from tests.test_docs import DOCS, PAGES, ROOT, fences, prose, section

A_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
A_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@pytest.fixture
def client(tmp_path: Path, db: Database) -> FlaskClient:
    return create_app(Config(data=tmp_path), db=db).test_client()


def anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_relative_link_leads_somewhere(page: Path) -> None:
    for link in A_LINK.findall(prose(page)):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        if parts.fragment:
            anchors = [anchor(heading) for heading in A_HEADING.findall(prose(target))]
            assert parts.fragment in anchors, f"{page.name} links to {link}, which has no such heading"


def test_each_page_is_reachable_from_the_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    linked = {(DOCS / urlsplit(link).path).resolve() for link in A_LINK.findall(index)}
    assert [page.name for page in PAGES if DOCS in page.parents and page not in linked] == ["README.md"]


def test_each_room_of_the_house_is_described() -> None:
    rooms = section((DOCS / "architecture.md").read_text("utf-8"), "## Rooms")
    for path in sorted((ROOT / "duplistat").iterdir()):
        if not path.name.startswith("__"):
            assert f"`{path.name}{'/' if path.is_dir() else ''}`" in rooms, path.name


# What a shell puts in for the time, between the quotes around a body.
A_DATE = """'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"""


def readme_report(at: str = "2024-01-15T02:00:00.000Z") -> dict[str, Any]:
    """What the command of the README sends at that time."""
    code = next(code for code in fences(ROOT / "README.md", "sh") if "/api/upload" in code)
    assert A_DATE in code
    body = code[code.index("'{") + 1 : code.rindex("'")].replace(A_DATE, at)
    report: dict[str, Any] = json.loads(body)
    return report


def test_the_report_in_the_readme_is_taken(client: FlaskClient) -> None:
    answer = client.post("/api/upload", json=readme_report())
    assert (answer.status_code, answer.get_json()["data"]) == (200, {"backupId": 1, "serverId": 1})


def keys(value: Any) -> Any:
    """What an answer is made of, without its values."""
    return {key: keys(part) for key, part in value.items()} if isinstance(value, dict) else None


def test_the_answers_in_the_protocol_are_those_that_are_given(client: FlaskClient) -> None:
    page = DOCS / "protocols" / "duplistatus.md"
    report, taken, refused, summary, last_backup, health = map(json.loads, fences(page, "json"))
    # A page of reference has times of its own, and a duration.
    took = {name: report["backup"][name] for name in ("endTime", "duration")}
    expected = readme_report(at=report["backup"]["startTime"])
    assert report == expected | {"backup": expected["backup"] | took}
    assert keys(taken) == keys(client.post("/api/upload", json=report).get_json())
    assert keys(summary) == keys(client.get("/api/summary").get_json())
    given = client.get("/api/lastbackup/1").get_json()
    for half in (last_backup, given):
        # When it arrived, and what is set by hand.
        half["server"]["created_at"] = half["machine"]["created_at"] = None
        half["data"]["server"]["alias"] = None
        half["data"]["lastBackup"]["id"] = half["latest_backup"]["id"] = None
    assert last_backup == given
    assert health.keys() == client.get("/api/health").get_json().keys() - {"reason"}
    del report["backup"]["startTime"]
    assert refused == client.post("/api/upload", json=report).get_json()


def curl(line: str, client: FlaskClient, key: str) -> TestResponse:
    """What a command line with curl is answered."""
    words = iter(shlex.split(line.replace("$KEY", key))[1:])
    method, headers, body, url = "", {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            url = word
    path = url.removeprefix("http://HOST:9666")
    return client.open(path, method=method or ("GET" if body is None else "POST"), headers=headers, data=body)


def test_the_changes_on_the_page_of_our_api_are_made_as_they_stand(site: Site) -> None:
    alerting, page = Alerting(site), DOCS / "api.md"
    alerting.rule(alerting.channel())
    alerting.run("Error")
    alerting.tick(deliver=False)
    key = site.key(Scope.ADMIN)
    (block,) = [code for code in fences(page, "sh") if "Idempotency-Key" in code]
    lines = block.replace("\n  ", " ").replace("\n}", " }").splitlines()
    client = site.client()
    answers = [curl(line, client, key) for line in lines if not line.startswith("curl -X DELETE")]
    assert [answer.status_code for answer in answers] == [
        201,
        200,
        201,
        201,
        200,
        200,
        200,
        200,
        200,
        201,
        200,
    ]
    # Where they stand among the others is for who reads.
    gone = [curl(line, client, key).status_code for line in lines if line.startswith("curl -X DELETE")]
    assert gone == [200, 204]
    (problem,) = [json.loads(code) for code in fences(page, "json") if "about:blank" in code]
    wrong = {"steps": [{"minutes": 0, "channels": [1]}], "after_fails": 101}
    refused = client.post("/api/v1/rules", json=wrong, headers={"X-Api-Key": key})
    assert sorted(refused.get_json()) == sorted(problem)
    assert sorted(map(str, refused.get_json()["details"])) == sorted(map(str, problem["details"]))


def test_the_client_of_our_api_does_what_its_example_says(site: Site) -> None:
    report = readme_report()
    site.record(report)
    site.writes.run(set_job, job=1, changes={"tags": ["offsite"], "notes": "one"}, **site.signature())
    client, example = fences(DOCS / "api.md", "python")
    with served_app(site.app) as address:
        key = site.key(Scope.READ, Scope.JOBS_WRITE)
        known: dict[str, Any] = {"KEY": key}
        exec(client, known)
        exec(example.replace("http://HOST:9666", address), known)
        assert site.jobs()[0].paused_until is not None
        assert job_notes.get(site.db, 1) == "one\nThe line is being moved"
        api = known["api"]
        seen = api.get("jobs/1")[1]
        site.writes.run(set_job, job=1, changes={"notes": "two"}, **site.signature())
        with pytest.raises(RuntimeError, match="PreconditionFailedError"):
            api.change("PATCH", "jobs/1", {"notes": "lost"}, seen=seen)
        assert [
            job["notes"] for job in [api.get(f"jobs/{job['id']}")[0] for job in api.all("jobs", limit=1)]
        ] == ["two"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_block_of_json_toml_and_yaml_is_valid(page: Path) -> None:
    for code in fences(page, "json"):
        json.loads(code)
    for code in fences(page, "yaml"):
        list(yaml.safe_load_all(code))
    for code in fences(page, "toml"):
        load_toml(code)


def load_toml(code: str) -> None:
    """A snippet of configuration must be one that the program takes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "duplistat.toml"
        file.write_text(code, "utf-8")
        load(file, data=Path(folder))
