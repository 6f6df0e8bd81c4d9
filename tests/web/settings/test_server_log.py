"""The log of the server on a page: searched, by level, in pages, escaped, and for admins of the whole server only."""

import json
from pathlib import Path

import pytest

from duplistat import log_file
from duplistat.http.context import KEY, Context
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

ADDRESS = "/settings/log"


@pytest.fixture
def folder(site: Site) -> Path:
    """The data folder, with four lines in the log."""
    context: Context = site.app.extensions[KEY]
    data = context.config.data
    write(data, message="started", role="server")
    write(data, message="swept", level="debug", role="scheduler")
    write(data, message="a \x1b[31m<b>job</b>", level="warning")
    write(data, message="it failed", level="error", trace="Traceback\n  ValueError: \x9b")
    return data


def write(data: Path, **line: object) -> None:
    """Have a line in the log, a second after the one before."""
    number = len(log_file.lines(data))
    content = {"time": f"2026-11-20T12:00:{number:02}.000Z", "level": "info", "logger": "duplistat.x"}
    with (data / log_file.NAME).open("a") as file:
        file.write(json.dumps(content | {"process": 7, "role": "worker"} | line, ensure_ascii=False) + "\n")


def test_the_newest_line_comes_first_and_all_processes_are_in_it(site: Site, folder: Path) -> None:
    text = site.text(ADDRESS)
    assert "4 lines, newest first." in text
    places = [text.index(word) for word in ("it failed", "job", "swept", "started")]
    assert places == sorted(places)
    assert "scheduler debug duplistat.x swept" in text


def test_what_is_in_it_acts_on_no_page(site: Site, folder: Path) -> None:
    html = site.html(ADDRESS)
    assert "a ␛[31m&lt;b&gt;job&lt;/b&gt;" in html
    assert not any(character in html for character in "\x1b\x9b")


def test_lines_are_chosen_by_least_severity_and_by_text(site: Site, folder: Path) -> None:
    graver = site.text(f"{ADDRESS}?level=warning")
    assert ("it failed" in graver, "job" in graver, "swept" in graver, "started" in graver) == (
        True,
        True,
        False,
        False,
    )
    found = site.text(f"{ADDRESS}?q=VALUEERROR")
    assert "1 line." in found
    assert "it failed" in found
    assert "No matching lines." in site.text(f"{ADDRESS}?q=nothing+like+it")


def test_a_long_log_comes_in_pages(site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.web.settings.server_log.PAGE", 3)
    first = site.html(ADDRESS)
    assert "started" not in said(first)
    assert 'href="/settings/log?page=2"' in first
    assert "started" in site.text(f"{ADDRESS}?page=2")
    assert "started" in site.text(f"{ADDRESS}?page=99")


def test_who_follows_is_answered_only_when_there_is_something_new(site: Site, folder: Path) -> None:
    mark = log_file.mark(folder)
    assert f'data-mark="{mark}"' in site.html(ADDRESS)
    assert site.client.get(f"{ADDRESS}?since={mark}").status_code == 204
    write(folder, message="one more")
    assert "one more" in site.text(f"{ADDRESS}?since={mark}")


def test_all_of_it_can_be_downloaded_and_what_is_broken_is_left_out_of_the_page(
    site: Site, folder: Path
) -> None:
    with (folder / log_file.NAME).open("ab") as file:
        file.write(b'{"time": "2026-11-20T12:00:09.000Z", "message": "cut o\n')
    answer = site.client.get(f"{ADDRESS}/download")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="duplistat-log.jsonl"'
    assert [json.loads(line)["message"] for line in answer.data.splitlines()[:4]] == [
        "started",
        "swept",
        "a \x1b[31m<b>job</b>",
        "it failed",
    ]
    assert "4 lines" in site.text(ADDRESS)


def test_only_admins_of_the_whole_server_see_it(site: Site, folder: Path) -> None:
    for role, account in (("operator", 1), ("admin", below_main(site, "acme"))):
        with as_role(site, role, account):
            for address in (ADDRESS, f"{ADDRESS}/download"):
                assert site.client.get(address).status_code == 403
            assert ADDRESS not in site.html("/settings")
