"""/settings/import: a file is read, and imported on a further click."""

import io
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from duplistat.core.errors import DuplistatError
from duplistat.services.imports import fetch
from duplistat.services.imports.task import KEPT_MS, discard_old_files
from tests.support.foreign import made
from tests.support.known import id_of
from tests.web.settings.people import as_role, below_main
from tests.web.settings.test_accounts import work_off
from tests.web.site import Site, said

ADDRESS = "/settings/import"


@pytest.fixture(autouse=True)
def later(site: Site) -> None:
    """A time at which nothing in the files is to come."""
    site.now = site.now.replace(month=12)


def folder(site: Site) -> Path:
    data: Path = site.app.extensions["duplistat"].config.data
    return data


def waiting(site: Site) -> list[str]:
    return [path.name for path in folder(site).glob("import-*")]


def send(site: Site, file: Path | bytes, chosen: str, status: int = 303, **fields: str) -> str:
    content = file.read_bytes() if isinstance(file, Path) else file
    answer = site.client.post(
        ADDRESS,
        data={
            "csrf": site.token,
            "program": chosen,
            "account": str(id_of(site.db, "main")),
            "file": (io.BytesIO(content), "some.db" if content else ""),
            **fields,
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == status, answer.text
    return answer.text


def jobs(site: Site) -> list[str]:
    return [name for (name,) in site.db.rows("SELECT name FROM job ORDER BY name")]


def latest(site: Site) -> int:
    ((number,),) = site.db.rows("SELECT max(id) FROM chore")
    return int(number)


def test_a_file_is_read_first_and_imported_then(site: Site, tmp_path: Path) -> None:
    send(site, made(tmp_path, "healthchecks_4.4"), "healthchecks")
    page = site.html(ADDRESS)
    assert "Reading the file…" in said(page)
    assert 'http-equiv="refresh"' in page
    assert "<progress" in page
    work_off(site)
    assert "New jobs 11 New runs 24 Already present 0" in site.text(ADDRESS)
    assert "1 × a start without an end" in site.text(ADDRESS)
    assert jobs(site) == []
    trial = latest(site)
    site.send(f"{ADDRESS}/{trial}/go")
    site.send(f"{ADDRESS}/{trial}/go", status=404)
    work_off(site)
    page = site.text(ADDRESS)
    assert "Imported just now ." in page
    assert "New jobs 11 New runs 24" in page
    assert len(jobs(site)) == 11
    assert waiting(site) == []
    assert "data of another program imported" in site.text("/settings/audit")


def test_a_run_says_on_its_page_in_the_csv_and_in_the_api_that_it_was_imported(
    site: Site, tmp_path: Path
) -> None:
    send(site, made(tmp_path, "duplistatus_3.1"), "duplistatus")
    work_off(site)
    site.send(f"{ADDRESS}/{latest(site)}/go")
    work_off(site)
    ((run, job),) = site.db.rows("SELECT max(id), max(job_id) FROM run")
    assert "Imported from duplistatus." in site.text(f"/runs/{run}")
    heads, newest, *_ = site.client.get(f"/jobs/{job}.csv").text.splitlines()
    assert (heads.split(",")[-1], newest.split(",")[-1]) == ("imported_from", "duplistatus")


def test_what_was_read_can_be_thrown_away(site: Site, tmp_path: Path) -> None:
    send(site, made(tmp_path, "duplistatus_3.1"), "duplistatus")
    work_off(site)
    assert len(waiting(site)) == 1
    site.send(f"{ADDRESS}/{latest(site)}/discard")
    assert waiting(site) == []
    site.send(f"{ADDRESS}/{latest(site)}/go", status=404)


def test_a_wrong_file_is_refused_and_deleted(site: Site, tmp_path: Path) -> None:
    send(site, made(tmp_path, "duplistatus_3.1"), "uptime-kuma")
    work_off(site)
    page = site.text(ADDRESS)
    assert "Nothing more was imported: this file is no database of Uptime Kuma." in page
    assert "Import now" not in page
    assert waiting(site) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"program": "excel"}, "Choose a program."),
        ({"account": "99"}, "Choose an account."),
        ({"url": "ftp://x"}, "Enter an address that begins with https:// or http://."),
        ({"url": "https://x"}, "Choose a file or enter an address, not both."),
    ],
)
def test_a_form_that_says_nothing_sensible_is_told_so(
    site: Site, fields: dict[str, str], sentence: str
) -> None:
    assert sentence in send(site, b"hello", "duplistatus", 400, **fields)
    assert "Choose a file, or enter its address." in send(site, b"", "duplistatus", 400)
    assert waiting(site) == []


def test_one_import_into_an_account_at_a_time(site: Site, tmp_path: Path) -> None:
    file = made(tmp_path, "duplistatus_3.1")
    send(site, file, "duplistatus")
    assert "already running" in send(site, file, "duplistatus", 400)
    assert len(waiting(site)) == 1


def test_an_admin_imports_into_own_accounts_and_sees_no_other_import(site: Site, tmp_path: Path) -> None:
    acme = below_main(site, "acme")
    send(site, made(tmp_path, "duplistatus_3.1"), "duplistatus")
    work_off(site)
    with as_role(site, "admin", acme):
        assert "What would come" not in site.text(ADDRESS)
        site.send(f"{ADDRESS}/{latest(site)}/go", status=404)
        site.send(f"{ADDRESS}/{latest(site)}/discard", status=404)
        assert "Choose an account." in send(site, b"hello", "duplistatus", 400)
        send(site, made(tmp_path, "uptime_kuma_2"), "uptime-kuma", account=str(acme))
    assert len(waiting(site)) == 2


def test_a_file_is_fetched_within_the_bounds_of_calls(
    site: Site, tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = made(tmp_path, "duplistatus_3.1").read_bytes()
    httpserver.expect_request("/x.db").respond_with_data(content)
    url = httpserver.url_for("/x.db?token=hunter2")
    send(site, b"", "duplistatus", url=url)
    assert not site.db.rows("SELECT 1 FROM chore WHERE state LIKE '%hunter2%'")
    work_off(site)
    assert "could not be fetched" in site.text(ADDRESS)
    assert waiting(site) == []
    for most, path, problem in (
        (fetch.MOST_BYTES, "/none", "the server answered 500"),
        (100, "/x.db", "larger than"),
    ):
        monkeypatch.setattr(fetch, "MOST_BYTES", most)
        with pytest.raises(DuplistatError, match=problem):
            fetch.fetch(httpserver.url_for(path), tmp_path / f"{most}.db", public_only=False)
    monkeypatch.setattr(fetch, "MOST_BYTES", len(content))
    fetch.fetch(httpserver.url_for("/x.db"), tmp_path / "fetched.db", public_only=False)
    assert (tmp_path / "fetched.db").read_bytes() == content


def test_files_that_nobody_imports_are_deleted_after_a_day(site: Site, tmp_path: Path) -> None:
    send(site, made(tmp_path, "duplistatus_3.1"), "duplistatus")
    config = site.app.extensions["duplistat"].config
    (folder(site) / "import-mine.upload").write_bytes(b"somebody else's")
    now = int((folder(site) / waiting(site)[0]).stat().st_mtime * 1000)
    discard_old_files(site.db, config, now + 2 * KEPT_MS)
    assert len(waiting(site)) == 2
    work_off(site)
    discard_old_files(site.db, config, now + KEPT_MS // 2)
    assert len(waiting(site)) == 2
    discard_old_files(site.db, config, now + 2 * KEPT_MS)
    assert waiting(site) == ["import-mine.upload"]
