"""The first start of a real server: a link in its log, and somebody who follows it."""

import re
from pathlib import Path

import requests

from tests.support.postgres import Postgres
from tests.support.serving import Server, serving, until

LINK = re.compile(r"http://127\.0\.0\.1:\d+/set-up\?code=\S+")
PASSWORD = "correct horse"


def links(server: Server) -> list[str]:
    return LINK.findall(server.output())


def come_in(link: str, email: str) -> requests.Response:
    """Fill the form behind a link; the page on which that ends."""
    with requests.Session() as browser:
        page = browser.get(link, timeout=30)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        person = {"email": email, "name": "Ada", "password": PASSWORD, "again": PASSWORD}
        return browser.post(link.partition("?")[0], data=fields | person, timeout=60)


def test_the_link_in_the_log_lets_the_first_one_in_and_is_gone_at_the_next_start(
    tmp_path: Path, empty_url: str
) -> None:
    data = tmp_path / "data"
    with serving(data, empty_url, workers=1) as server:
        (first,) = links(server)
        assert server.terminate() == 0
        server.start()
        (_, second) = links(server)
        assert first != second
        until(server.answers, "an answer")
        page = come_in(second, "ada@example.org")
        assert (page.status_code, page.url) == (200, f"{server.url}/")
        assert requests.get(first, timeout=30).url == f"{server.url}/sign-in"
        assert server.terminate() == 0
        server.start()
        assert len(links(server)) == 2
        assert PASSWORD not in server.output()


def test_two_servers_on_one_database_print_a_link_each_and_one_person_comes_in(
    tmp_path: Path, postgres: Postgres
) -> None:
    with (
        postgres.database(empty=True) as url,
        serving(tmp_path / "a", url, workers=1) as one,
        serving(tmp_path / "b", url, workers=1) as other,
    ):
        ((a,), (b,)) = links(one), links(other)
        assert come_in(b, "ada@example.org").url == f"{other.url}/"
        assert requests.get(a, timeout=30).url == f"{one.url}/sign-in"
