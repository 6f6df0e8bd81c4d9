"""A Duplicati server that is added on a page: tried first, against a server that answers as Duplicati does."""

import re
from collections.abc import Iterator

import pytest

from duplistat.services.agents import trial
from duplistat.store import agent_tasks, services
from tests.support.certificates import self_signed
from tests.support.duplicati_server import DuplicatiServer
from tests.web.conftest import site_over
from tests.web.settings.people import as_role
from tests.web.site import Site, said


@pytest.fixture
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that may call this machine."""
    agents = {"allow": ["127.0.0.0/8"]}
    with site_over(database_url, tmp_path_factory.mktemp("data"), agents=agents) as made:
        yield made


def asked(site: Site, server: DuplicatiServer, path: str = "/test", status: int = 200, **fields: str) -> str:
    scheme = "https" if server.certificate else "http"
    form = {"url": f"{scheme}://127.0.0.1:{server.port}/", "password": server.password}
    return said(site.send(f"/settings/agents/add{path}", status, **(form | fields)).text)


@pytest.fixture
def duplicati() -> Iterator[DuplicatiServer]:
    with DuplicatiServer(password="correct horse") as server:
        server.add_job("Documents")
        server.add_job("<b>Photos</b>")
        yield server


def test_a_test_says_what_answers_and_keeps_nothing(site: Site, duplicati: DuplicatiServer) -> None:
    text = asked(site, duplicati)
    assert "Connected. Duplicati 2.2.0.3" in text
    assert "2 jobs: Documents , <b>Photos</b>" in text
    assert "Not encrypted" in text
    assert services.page(site.db, (1,), before=None, limit=9) == []


def test_a_test_that_fails_says_why(site: Site, duplicati: DuplicatiServer) -> None:
    text = asked(site, duplicati, password="another")
    assert "Not connected: it does not accept the password." in text


def test_without_a_name_it_is_called_as_the_machine_calls_itself_else_by_its_host(
    site: Site, duplicati: DuplicatiServer
) -> None:
    url = f"http://127.0.0.1:{duplicati.port}"
    for name in ("nas", "nas 2"):
        html = site.send("/settings/agents/add/test", 200, url=url, password=duplicati.password).text
        assert re.search(rf'<input id="f-name"[^>]* value="{name}"', html)
        site.send("/settings/agents/add", url=url, name=name)
    site.send("/settings/agents/add", url=url)
    site.send("/settings/agents/add", url=url)
    names = [service.name for service in services.page(site.db, (1,), before=None, limit=9)]
    assert names == ["127.0.0.1 2", "127.0.0.1", "nas 2", "nas"]
    assert "S10001" not in site.text("/settings/agents")


def test_the_page_of_a_test_is_one_of_the_settings(site: Site, duplicati: DuplicatiServer) -> None:
    html = site.send("/settings/agents/add/test", 200, url=f"http://127.0.0.1:{duplicati.port}").text
    assert '<a href="/settings" aria-current="page">' in html


def test_a_certificate_that_nobody_vouches_for_is_shown_and_trusted_by_a_tick(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificate = self_signed(tmp_path_factory.mktemp("certificates"))
    with DuplicatiServer(password="correct horse", certificate=certificate) as server:
        server.add_job("Documents")
        text = asked(site, server)
        shown = ":".join(certificate.fingerprint.upper()[at : at + 2] for at in range(0, 64, 2))
        assert "Not connected: its certificate is not trusted" in text
        assert (
            f"It showed a certificate with this fingerprint. If it is yours, tick the box below and test again: {shown}"
            in text
        )
        assert text.count(shown) == 1
        other = asked(site, server, fingerprint="ab" * 32)
        assert (other.count(shown), "If the certificate that it showed is yours, tick" in other) == (1, True)
        ticked = f'value="{shown}" checked'
        for given, trusted in (("ab" * 32, False), (shown, True)):
            form = {"url": f"https://127.0.0.1:{server.port}", "password": server.password}
            html = site.send("/settings/agents/add/test", 200, fingerprint=given, **form).text
            assert (f'value="{shown}"' in html, ticked in " ".join(html.split())) == (True, trusted)
        assert "Connected. Duplicati" in asked(site, server, fingerprint=shown)
        asked(site, server, "", 303, fingerprint=shown)
    (made,) = services.page(site.db, (1,), before=None, limit=9)
    assert made.fingerprint == certificate.fingerprint


def test_what_is_saved_is_asked_for_its_jobs(site: Site, duplicati: DuplicatiServer) -> None:
    asked(site, duplicati, "", 303, name="nas")
    (made,) = services.page(site.db, (1,), before=None, limit=9)
    assert (made.name, made.host, made.port) == ("nas", "127.0.0.1", duplicati.port)
    assert "correct" not in made.agent_secret
    assert [task.kind for task in agent_tasks.waiting(site.db, made.id)] == [agent_tasks.PROBE]


@pytest.mark.parametrize("url", ["", "https://nas/other/path", "https://user:word@nas", "nas:0"])
def test_what_is_no_address_is_refused_beside_its_field(site: Site, url: str) -> None:
    html = site.send("/settings/agents/add/test", 400, url=url).text
    assert 'id="f-url-error"' in html


def test_as_many_are_tested_at_once_as_there_may_be(
    site: Site, duplicati: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial._room, "acquire", lambda blocking: False)
    assert "Other connections are being tested: try again in a moment." in asked(site, duplicati, status=503)


def test_an_address_that_is_refused_is_not_called(site: Site, duplicati: DuplicatiServer) -> None:
    text = said(site.send("/settings/agents/add/test", 200, url="http://169.254.169.254").text)
    assert "Not connected: this address is not called" in text
    assert duplicati.seen == []


@pytest.mark.parametrize("path", ["", "/test"])
def test_a_viewer_adds_nothing(site: Site, path: str) -> None:
    with as_role(site, "viewer", 1):
        assert site.client.get("/settings/agents/add").status_code == 403
        site.send(f"/settings/agents/add{path}", 403, url="http://10.0.0.5")
