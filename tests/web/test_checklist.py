"""The first steps of a new server, and the calm with which it says what is missing."""

import pytest

from duplistat.core.times import to_ms
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site


def steps(site: Site, address: str = "/") -> str:
    return site.text(address).partition("First steps")[2].partition("All jobs")[0]


def test_an_empty_server_says_what_comes_first(site: Site) -> None:
    text = steps(site)
    assert "no result yet Send a first report. Connect Duplicati" in text
    assert "Nobody is alerted about problems: set [mail] host, or add another channel. Channels" in text
    assert "Anyone who can reach this server can send reports" in text


def test_what_is_done_is_ticked(site: Site) -> None:
    site.nightly(nights=9)
    text = steps(site)
    assert "OK A report has arrived" in text
    assert "OK A schedule is known" in text
    # They say it: no other line does.
    assert "Nobody would be alerted about" not in site.text("/")


def test_whoever_has_seen_enough_hides_them(site: Site) -> None:
    site.report()
    assert steps(site)
    site.send("/preferences", checklist="hidden", next="/")
    assert steps(site) == ""
    assert "Nobody would be alerted about 1 job." in site.text("/")


def test_they_are_of_administrators_of_the_whole_server(site: Site) -> None:
    site.report()
    with as_role(site, "operator", 1):
        assert steps(site) == ""
    with as_role(site, "admin", below_main(site, "acme")):
        assert steps(site) == ""


@pytest.mark.parametrize("delivered", [None, 5])
def test_a_mail_channel_without_a_mail_server_is_a_problem_once_it_has_delivered(
    site: Site, delivered: int | None
) -> None:
    site.report()
    site.db.execute(
        "INSERT INTO channel (account_id, name, kind, config, shown, state, state_at, last_ok_at, created_at)"
        " VALUES (1, 'ops', 'mail', '', '{}', 'broken', ?, ?, 1)",
        (to_ms(site.now), delivered),
    )
    told = "does not deliver." in site.text("/")
    assert told is (delivered is not None)


def test_a_new_key_stands_in_the_lines_to_paste(site: Site) -> None:
    html = site.send("/settings/keys", 200, name="nas", scope="ingest").text
    key = html.partition('aria-label="New API key">')[2].partition("<")[0]
    assert key
    assert (
        f"--send-http-url=http://localhost/api/upload?key={key}\n--send-http-result-output-format=Json"
        in html
    )
    assert f"X-Api-Key: {key}" in html


def test_a_key_that_only_reads_has_no_lines(site: Site) -> None:
    assert "--send-http-url" not in site.send("/settings/keys", 200, name="widget", scope="read").text
