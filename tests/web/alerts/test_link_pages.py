"""/n/…: what one person may do by a link without signing in; to look changes nothing; what is wrong is not there."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from duplistat.core.alerts.links import Verb
from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.services.alerts import signing
from duplistat.services.alerts.acknowledge import HOUR_MS
from duplistat.store import audit, channels, problems
from duplistat.store.audit import Filter
from tests.support.doors import contents
from tests.web.alerts.site import channel, failing, only_notice, tick
from tests.web.site import Site, said

ADDRESS = "eva@example.org"


def path(site: Site, verb: Verb, *, recipient: int = 0, uid: str = "u" * 26) -> str:
    ctx: Context = site.app.extensions[KEY]
    url = signing.url(ctx.config, uid=uid, verb=verb, recipient=recipient, now=to_ms(site.now))
    return url[url.index("/n/") :]


def recipient(site: Site, name: str = "ops", address: str = ADDRESS, *, verified: bool = True) -> int:
    number = channel(site, name, kind="mail", config='{"to": ["eva@example.org"]}')
    made = channels.add_recipient(site.db, number, address, to_ms(site.now) if verified else None)
    assert made is not None
    return made


def row(site: Site, number: int) -> channels.Recipient:
    found = channels.recipient(site.db, number)
    assert found is not None
    return found


@pytest.fixture
def stranger(site: Site) -> FlaskClient:
    """A browser without any cookie."""
    return site.app.test_client()


def acknowledging(site: Site) -> str:
    failing(site, channel(site))
    return path(site, Verb.ACKNOWLEDGE, uid=only_notice(site).uid)


def actions(site: Site) -> list[tuple[str, str]]:
    found = audit.page(site.db, (1,), Filter(), before=None, limit=20)
    return [(entry.who, entry.action) for entry in found]


def test_to_look_shows_the_job_and_changes_no_row(site: Site, stranger: FlaskClient) -> None:
    number = recipient(site, "mail")
    address = acknowledging(site)
    verify, stop = (path(site, verb, recipient=number) for verb in (Verb.VERIFY, Verb.UNSUBSCRIBE))
    before = contents(site.db)
    page = said(stranger.get(address).text)
    assert "failed: nas-keller / paperless" in page
    assert "Acknowledge" in page
    for link in (verify, stop):
        assert ADDRESS in stranger.get(link).text
        assert stranger.head(link).status_code == 200
    assert contents(site.db) == before


@pytest.mark.parametrize(
    ("form", "hours"), [({}, 24), ({"hours": "4"}, 4), ({"hours": "999"}, 168), ({"hours": "x"}, 24)]
)
def test_a_post_acknowledges_for_seven_days_at_most(
    site: Site, stranger: FlaskClient, form: dict[str, str], hours: int
) -> None:
    address = acknowledging(site)
    answer = stranger.post(address, data=form)
    assert answer.status_code == 200
    assert "Acknowledged. Nobody is reminded until then." in answer.text
    (problem,) = problems.open_in(site.db, (1,), 10)
    assert problem.acked_until == to_ms(site.now) + hours * HOUR_MS
    assert problem.acked_by == "a link sent to the channel ops"
    assert ("a link sent to the channel ops", "problem.acknowledge") in actions(site)
    assert "by a link sent to the channel ops until" in site.text("/alerts")


def test_whoever_got_the_mail_is_named_in_the_audit_log(site: Site, stranger: FlaskClient) -> None:
    failing(site, channel(site))
    number = recipient(site, "mail")
    stranger.post(path(site, Verb.ACKNOWLEDGE, uid=only_notice(site).uid, recipient=number))
    assert (f"a link sent to {ADDRESS}", "problem.acknowledge") in actions(site)


def test_a_problem_that_is_over_is_not_acknowledged(site: Site, stranger: FlaskClient) -> None:
    address = acknowledging(site)
    site.report("nas-keller", "paperless", ago=timedelta(hours=1))
    tick(site)
    assert "It is over. There is nothing to acknowledge." in stranger.post(address).text
    assert "problem.acknowledge" not in [action for _who, action in actions(site)]


def test_an_address_is_verified_by_its_owner(site: Site, stranger: FlaskClient) -> None:
    number = recipient(site, verified=False)
    address = path(site, Verb.VERIFY, recipient=number)
    stranger.post(address)
    assert row(site, number).verified_at is None
    assert "gets the alerts of the channel" in stranger.post(address, data={"do": "verify"}).text
    assert row(site, number).verified_at == to_ms(site.now)
    assert (f"a link sent to {ADDRESS}", "channel.verify_address") in actions(site)


def test_an_address_is_taken_off_and_that_is_undone(site: Site, stranger: FlaskClient) -> None:
    number, other = recipient(site), recipient(site, "other", "ida@example.org")
    address = path(site, Verb.UNSUBSCRIBE, recipient=number)
    stranger.post(address)
    assert row(site, number).unsubscribed_at is None
    assert "gets no more alerts" in stranger.post(address, data={"do": "unsubscribe"}).text
    assert row(site, number).unsubscribed_at == to_ms(site.now)
    assert row(site, other).unsubscribed_at is None
    assert (f"a link sent to {ADDRESS}", "channel.unsubscribe") in actions(site)
    assert "Stop sending" in stranger.post(address, data={"do": "resubscribe"}).text
    assert row(site, number).unsubscribed_at is None


def test_one_click_of_a_mail_program_takes_it_off_at_once(site: Site, stranger: FlaskClient) -> None:
    number = recipient(site)
    address = path(site, Verb.UNSUBSCRIBE, recipient=number)
    assert stranger.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert row(site, number).unsubscribed_at == to_ms(site.now)


def test_what_one_click_says_confirms_nothing_else(site: Site, stranger: FlaskClient) -> None:
    number = recipient(site, verified=False)
    for form in ({"List-Unsubscribe": "One-Click"}, {"do": "unsubscribe"}):
        stranger.post(path(site, Verb.VERIFY, recipient=number), data=form)
    assert (row(site, number).verified_at, row(site, number).unsubscribed_at) == (None, None)


def test_nobody_keeps_hands_on_or_lists_the_page(site: Site, stranger: FlaskClient) -> None:
    address = acknowledging(site)
    for answer in (stranger.get(address), stranger.post(address), stranger.get("/n/nonsense")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


def test_whatever_is_wrong_is_the_same_page_that_does_not_exist(site: Site, stranger: FlaskClient) -> None:
    good = acknowledging(site)
    gone = recipient(site, "gone")
    to_nobody = path(site, Verb.UNSUBSCRIBE, recipient=gone)
    channels.drop_recipient(site.db, gone)
    wrong = [
        "/n/x",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace("acknowledge", "unsubscribe"),
        to_nobody,
        path(site, Verb.ACKNOWLEDGE, uid="z" * 26),
    ]
    before = contents(site.db)
    answers = [stranger.open(address, method=method) for address in wrong for method in ("GET", "POST")]
    site.now += timedelta(days=8)
    answers.append(stranger.get(good))
    assert {answer.status_code for answer in answers} == {404}
    pages = {re.sub(r"<code>.*?</code>|value=\"[^\"]*\"", "", said(answer.text)) for answer in answers}
    assert len({re.sub(r"The address was \S+", "", page) for page in pages}) == 1
    after = contents(site.db)
    assert {name for name in before if before[name] != after[name]} <= {"bucket"}


def test_guesses_and_acts_are_limited(site: Site, stranger: FlaskClient) -> None:
    good = acknowledging(site)
    statuses = [stranger.get("/n/guess").status_code for _ in range(61)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    assert stranger.post(good).status_code == 429
    assert stranger.get(good).status_code == 200
