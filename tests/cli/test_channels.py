"""`duplistat channel`."""

import json
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from pytest_httpserver import HTTPServer

from duplistat.jobs.sender import Sender
from duplistat.now import wall_clock
from duplistat.services.alerts import channel_config, recipients
from duplistat.services.alerts.sending import deliver
from duplistat.services.bootstrap import main_account
from duplistat.services.worker_context import WorkerContext
from duplistat.store import channels, notices
from duplistat.store.channels import Channel
from tests.cli.conftest import Run
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

SECRET = "whsec_" + "QUJD" * 8  # of this test alone
URL = "https://hooks.example.org/T0KEN"


def named(site: Site, name: str) -> Channel:
    found = channels.by_name(site.db, main_account(site.db), name)
    assert found is not None
    return found


@pytest.fixture
def sender(site: Site) -> Iterator[None]:
    """Sends what waits, also to this computer."""
    allowed = site.config.alerts.model_copy(update={"allow": ("127.0.0.0/8",)})
    config = site.config.model_copy(update={"alerts": allowed})
    context, ended = WorkerContext(config, site.db, site.writes, wall_clock), threading.Event()
    thread = threading.Thread(target=Sender(context, partial(deliver, context), "test").run, args=(ended,))
    thread.start()
    yield
    ended.set()
    thread.join()


def test_an_address_on_the_command_line_counts_as_confirmed(site: Site, run: Run) -> None:
    words = (
        "--to",
        "Ops@example.org",
        "--to",
        "it@example.org",
        "--zone",
        "Europe/Berlin",
        "--language",
        "de",
    )
    made = run("channel", "add", "--name", "mail", "--kind", "mail", *words)
    assert (made.exit_code, made.output) == (0, "channel mail added: mail, 2 addresses\n")
    row = named(site, "mail")
    assert (row.zone, row.language) == ("Europe/Berlin", "de")
    got = [one["address"] for one in recipients.active(site.db, row)]
    assert got == ["ops@example.org", "it@example.org"]
    admins = run("channel", "add", "--name", "admins", "--kind", "mail", "--admins")
    assert admins.output == "channel admins added: mail, administrators\n"


def test_a_webhook_without_a_secret_has_one_made_and_told_once(site: Site, run: Run) -> None:
    made = run("channel", "add", "--name", "hook", "--kind", "webhook", "--url", URL)
    assert made.stdout.startswith("whsec_")
    plain = channel_config.opened(site.config, named(site, "hook"))
    assert (plain["url"], plain["secret"]) == (URL, made.stdout.strip())
    assert made.stdout.strip() not in made.stderr
    given = run(
        *("channel", "add", "--name", "own", "--kind", "webhook", "--url", URL, "--secret-stdin"),
        stdin=f"{SECRET}\n",
    )
    assert given.output == "channel own added: webhook, hooks.example.org\n"
    assert channel_config.opened(site.config, named(site, "own"))["secret"] == SECRET
    listed = run("channel", "list").output + run("channel", "list", "--json").output
    assert "T0KEN" not in listed
    assert "whsec_" not in listed


def test_what_ntfy_and_apprise_keep_secret_is_read_from_standard_input(site: Site, run: Run) -> None:
    words = ("channel", "add", "--name", "phone", "--kind", "ntfy", "--url", "https://ntfy.example.org/t")
    run(*words, "--secret-stdin", stdin="tk_1\n")
    assert channel_config.opened(site.config, named(site, "phone"))["token"] == "tk_1"  # of this test
    mail = run("channel", "add", "--name", "m", "--kind", "mail", "--to", "a@example.org", "--secret-stdin")
    assert (mail.exit_code, "has no secret" in mail.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kind", "mail"], "a channel that sends mail needs an address"),
        (["--kind", "mail", "--to", "nobody"], "to must be an e-mail address such as name@example.org"),
        (["--kind", "mail", "--to", "a@example.org", "--url", URL], "a channel of this kind has no url"),
        (["--kind", "mail", "--to", "a@example.org", "--zone", "Nowhere"], "is not a time zone"),
        (["--kind", "mail", "--to", "a@example.org", "--account", "nobody"], "no account"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(run: Run, words: list[str], told: str) -> None:
    result = run("channel", "add", "--name", "c", *words)
    assert result.exit_code == 1
    assert told in result.output


def test_channels_are_listed_turned_off_and_on_and_deleted(site: Site, run: Run) -> None:
    run("channel", "add", "--name", "ops", "--kind", "mail", "--to", "a@example.org")
    rows = [
        row for row in json.loads(run("channel", "list", "--json").output)["channels"] if row["name"] == "ops"
    ]
    assert rows[0]["recipients"] == [{"id": 1, "address": "a@example.org", "state": "active"}]
    assert run("channel", "off", "--name", "ops").output == "channel ops is off\n"
    assert named(site, "ops").state == "off"
    assert any(line.split()[1:6] == ["ops", "mail", "1", "address", "off"] for line in _lines(run))
    assert run("channel", "on", "--name", "ops").output == "channel ops is on\n"
    assert run("channel", "delete", "--name", "ops").output == "channel ops deleted\n"
    gone = run("channel", "off", "--name", "ops")
    assert (gone.exit_code, gone.output) == (1, "duplistat: account 'main' has no channel named 'ops'\n")
    site.account("other")
    assert json.loads(run("channel", "list", "--account", "other", "--json").output) == {"channels": []}


@pytest.mark.usefixtures("sender")
def test_a_test_tells_what_became_of_it(site: Site, run: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/good").respond_with_data("taken", status=202)
    httpserver.expect_request("/bad").respond_with_data("no such hook", status=404)
    for name in ("good", "bad"):
        run("channel", "add", "--name", name, "--kind", "webhook", "--url", httpserver.url_for(f"/{name}"))
    good = run("channel", "test", "--name", "good", "--wait", "30")
    assert (good.exit_code, good.output.splitlines()[1].split()[0]) == (0, "sent"), good.output
    assert "202" in good.output
    bad = run("channel", "test", "--name", "bad", "--wait", "30")
    assert (bad.exit_code, bad.output.splitlines()[1].split()[0]) == (1, "channel"), bad.output
    assert "404" in bad.output
    assert [notice.kind for notice in notices.page(site.db, site.everyone)][-1] == "test"


def test_a_test_that_nobody_sends_says_so(run: Run) -> None:
    run("channel", "add", "--name", "ops", "--kind", "mail", "--to", "a@example.org")
    result = run("channel", "test", "--name", "ops", "--wait", "1")
    assert (result.exit_code, result.output.splitlines()[1]) == (
        1,
        "no sender has tried it in 1 s: does the server run?",
    )
    assert run("channel", "test", "--name", "ops").output.startswith("notice ")


def _lines(run: Run) -> list[str]:
    return run("channel", "list").output.splitlines()
