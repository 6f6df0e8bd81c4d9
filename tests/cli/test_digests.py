"""`duplistat digest` and `duplistat evidence`."""

import json
from pathlib import Path

from duplistat.now import wall_clock
from duplistat.store import notices
from tests.cli.conftest import Run
from tests.support.alerting import Alerting
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.site import Site


def a_run(site: Site, result: str = "Success") -> None:
    """A run that ended ten minutes ago, by the clock that commands go by."""
    site.now.at = wall_clock() - 20 * 60_000
    start = Clock(site.now.text).text
    site.now.at = wall_clock()
    site.record(duplicati(start, result=result))


def test_a_digest_is_added_listed_sent_switched_off_and_deleted(run: Run, site: Site) -> None:
    Alerting(site).channel("ops")
    a_run(site, "Fatal")
    added = run("digest", "add", "--name", "weekly", "--channel", "ops", "--period", "week", "--day", "3")
    assert added.exit_code == 0, added.stderr
    assert added.stdout.startswith("weekly: goes out next ")
    assert "weekly Wed 07:00  ops" in run("digest", "list").stdout
    assert run("digest", "send", "--name", "weekly").stdout == "weekly: 1 message for the sender\n"
    (notice,) = notices.page(site.db, site.everyone)
    assert (notice.kind, notice.channel) == ("digest", "ops")
    assert run("digest", "off", "--name", "weekly").stdout == "weekly is off\n"
    assert "  off  " in run("digest", "list").stdout
    assert run("digest", "on", "--name", "weekly").stdout == "weekly is on\n"
    assert run("digest", "delete", "--name", "weekly").stdout == "weekly is deleted\n"
    assert len(run("digest", "list").stdout.splitlines()) == 1


def test_what_is_not_there_is_said(run: Run, site: Site) -> None:
    assert "no channel named 'ops'" in run("digest", "add", "--name", "x", "--channel", "ops").stderr
    assert "no digest named 'x'" in run("digest", "send", "--name", "x").stderr


def test_a_channel_of_several_accounts_below_is_not_guessed(run: Run, site: Site) -> None:
    alerting = Alerting(site)
    for name in ("left", "right"):
        alerting.channel("ops", account=site.account(name, parent="main"))
    refused = run("digest", "add", "--name", "x", "--channel", "ops")
    assert refused.exit_code == 1
    assert "several accounts below 'main' have a channel named 'ops'" in refused.stderr
    alerting.channel("ops")
    assert run("digest", "add", "--name", "x", "--channel", "ops").exit_code == 0


def test_a_digest_is_shown_without_being_sent(run: Run, site: Site) -> None:
    a_run(site, "Fatal")
    shown = run("digest", "show").stdout
    assert shown.startswith("Backups ")
    assert ": 1 failed — main" in shown
    assert "Sicherungen" in run("digest", "show", "--language", "de").stdout
    assert json.loads(run("digest", "show", "--json").stdout)["counts"]["failed"] == 1
    assert notices.page(site.db, site.everyone) == []


def test_evidence_is_written_and_checked(run: Run, site: Site, tmp_path: Path) -> None:
    a_run(site)
    day = site.now.text[:10]
    file = tmp_path / "evidence.json"
    wrote = run("evidence", "--from", day, "--output", str(file))
    assert wrote.stdout == f"{file}: 1 jobs, 1 runs, 1 raw reports\n"
    good = run("evidence", "--check", str(file))
    assert (good.exit_code, good.stdout) == (0, "This file is as this server made it.\n")
    file.write_bytes(file.read_bytes().replace(b"Documents", b"documents"))
    changed = run("evidence", "--check", str(file))
    assert (changed.exit_code, changed.stderr) == (1, "This file was changed after it was made.\n")
    assert "cannot be read" in run("evidence", "--check", str(tmp_path / "none")).stderr


def test_evidence_needs_days(run: Run, site: Site) -> None:
    assert "--from is needed" in run("evidence").stderr
    assert "is not a day" in run("evidence", "--from", "yesterday").stderr
    assert run("evidence", "--from", site.now.text[:10], "--csv").stdout.startswith("\ufeffrecord,account")
