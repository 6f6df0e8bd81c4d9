"""/settings/database/restore: a backup is looked into, confirmed with a word, and handed to the main process."""

import io
import json
import sqlite3
from pathlib import Path

import pytest

from duplistat.config import Config
from duplistat.services.maintenance import restore_asked
from tests.web.settings.people import as_role, below_main
from tests.web.settings.test_accounts import work_off
from tests.web.site import Site, said

ADDRESS = "/settings/database/restore"


def config(site: Site) -> Config:
    found: Config = site.app.extensions["duplistat"].config
    return found


def copied(site: Site) -> bytes:
    """A backup of what is in the database."""
    source = sqlite3.connect(site.db.url.removeprefix("sqlite:///"))
    content = source.serialize()
    source.close()
    return content


def send(site: Site, content: bytes, status: int = 303) -> None:
    data = {"csrf": site.token, "file": (io.BytesIO(content), "../my backup.db"), "kept": ""}
    response = site.client.post(ADDRESS, data=data, content_type="multipart/form-data")
    # What the client made of a large file is the test's own.
    response.request.environ["wsgi.input"].close()
    assert response.status_code == status, response.text


@pytest.fixture
def looked(site: Site) -> Site:
    """A backup with one job was sent and looked into; there are two by now."""
    site.report(job="photos")
    send(site, copied(site))
    assert "Copying and checking" in site.text(ADDRESS)
    site.report(job="music")
    work_off(site)
    return site


def go(site: Site) -> str:
    html = site.html(ADDRESS)
    return html.partition('/go"')[0].rpartition("/")[2]


def test_what_a_backup_holds_stands_beside_what_is_there(looked: Site) -> None:
    text = looked.text(ADDRESS)
    assert "../my backup.db It is intact, and this version can read it. Nothing has been changed yet." in text
    assert "Jobs 1 2" in text
    assert "Runs 1 2" in text
    assert "First accounts main main" in text
    assert not restore_asked.is_asked(config(looked))


def test_it_is_asked_for_only_with_the_word(looked: Site) -> None:
    number = go(looked)
    answer = looked.send(f"{ADDRESS}/{number}/go", 400, confirm="yes")
    assert "The word does not match." in said(answer.text)
    assert not restore_asked.is_asked(config(looked))
    looked.send(f"{ADDRESS}/{number}/go", confirm="restore")
    assert "A backup is being restored." in looked.text(ADDRESS)
    pending = json.loads((config(looked).data / restore_asked.PENDING).read_text())
    assert pending["name"] == "../my backup.db"
    assert pending["by"]["user"] is not None
    assert (config(looked).data / pending["file"]).is_file()


def test_the_copy_can_be_deleted(looked: Site) -> None:
    number = go(looked)
    looked.send(f"{ADDRESS}/{number}/discard")
    assert "The copy was deleted. Nothing was restored." in looked.text(ADDRESS)
    assert not list(config(looked).data.glob("restore-*"))
    looked.send(f"{ADDRESS}/{number}/go", 404, confirm="restore")


def test_what_is_no_backup_is_said(site: Site) -> None:
    send(site, b"<script>alert(1)</script>")
    work_off(site)
    assert (
        "The backup cannot be restored ( just now ): ../my backup.db is no backup of duplistat."
        in site.text(ADDRESS)
    )
    site.send(ADDRESS, 400, kept="")
    site.send(ADDRESS, 400, kept="/etc/passwd")


def test_a_kept_backup_is_chosen_by_its_name(site: Site) -> None:
    site.report()
    folder = Path(site.db.url.removeprefix("sqlite:///")).parent
    aside = folder / "duplistat-before-restore-20261101-120000.db"
    aside.write_bytes(copied(site))
    assert f'<option value="{aside}">{aside.name} · ' in site.html(ADDRESS)
    site.send(ADDRESS, kept=str(aside))
    work_off(site)
    assert "Jobs 1 1" in site.text(ADDRESS)
    assert aside.exists()


def test_what_came_of_a_restore_is_said(site: Site) -> None:
    told = {"name": "a.db", "at": 0, "before": "/data/b.db", "problem": ""}
    path = config(site).data / restore_asked.OUTCOME
    path.write_text(json.dumps(told))
    assert "What was there before is kept as /data/b.db" in site.text(ADDRESS)
    path.write_text(json.dumps(told | {"problem": "the disk is full"}))
    assert "and nothing was changed: the disk is full." in site.text(ADDRESS)


def test_only_admins_of_the_whole_server_may_and_only_on_sqlite(site_on_both: Site) -> None:
    site = site_on_both
    if not site.db.on_sqlite:
        assert site.client.get(ADDRESS).status_code == 400
        assert "pg_restore --clean" in site.html("/settings/database")
        return
    assert f'href="{ADDRESS}"' in site.html("/settings/database")
    for role, account in (("operator", 1), ("admin", below_main(site, "acme"))):
        with as_role(site, role, account):
            assert site.client.get(ADDRESS).status_code == 403
            site.send(ADDRESS, 403, kept="")
