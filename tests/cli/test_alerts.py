"""`duplistat rule`, `problem`, `notice`, `silence`."""

import json
from typing import Any

import pytest

from duplistat.core.times import from_ms, iso_ms
from duplistat.now import wall_clock
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts.broken import check_channels
from duplistat.store import channels, notices, problems, rules, silences
from tests.cli.conftest import Run
from tests.support.alerting import Alerting
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

HOUR_MS = 3_600_000


@pytest.fixture
def alerting(site: Site) -> Alerting:
    """Commands go by the clock on the wall."""
    site.now.at = wall_clock()
    return Alerting(site)


def later(alerting: Alerting) -> None:
    """After what a command did just now."""
    alerting.site.now.at = wall_clock() + 1000


def spec_of(alerting: Alerting, name: str) -> dict[str, Any]:
    row = rules.by_name(alerting.site.db, alerting.main, name)
    assert row is not None
    spec: dict[str, Any] = json.loads(row.spec)
    return spec


def listed(run: Run, *words: str) -> list[dict[str, Any]]:
    """The one list of an answer as JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.output).values()
    rows: list[dict[str, Any]] = found
    return rows


def failed(alerting: Alerting) -> None:
    """Somebody was told of a failure."""
    alerting.rule(alerting.channel())
    alerting.run("Error")
    assert alerting.tick()


def test_a_rule_says_all_that_its_options_say(alerting: Alerting, run: Run) -> None:
    ops, boss = alerting.channel(), alerting.channel("boss")
    alerting.run()
    job = alerting.site.job()
    server = alerting.site.servers()[0]
    result = run(
        *("rule", "add", "--name", "Production", "--channel", "ops"),
        *("--kind", "failed", "--kind", "event", "--tag", "a", "--tag", "b", "--group", "g"),
        *("--server", server.name, "--job", f"{server.name}/{job.name}", "--severity", "critical"),
        *("--after-fails", "2", "--after-minutes", "30", "--remind-hours", "24", "--remind-times", "3"),
        *("--gather-seconds", "0", "--each", "--recover", "3"),
        *("--quiet", "22:00-06:00", "--step", "60:boss", "--step", "60:ops"),
    )
    assert (result.exit_code, result.output) == (0, "rule Production added\n")
    assert spec_of(alerting, "Production") == {
        "match": {
            "kinds": ["failed", "event"],
            "servers": [server.id],
            "groups": ["g"],
            "jobs": [job.id],
            "tags": ["a", "b"],
            "severities": ["critical"],
        },
        "steps": [{"minutes": 0, "channels": [ops]}, {"minutes": 60, "channels": [boss, ops]}],
        "after_fails": 2,
        "after_minutes": 30,
        "each": True,
        "recover": 3,
        "remind_hours": 24,
        "remind_times": 3,
        "gather_seconds": 0,
        "quiet": {
            "windows": [{"days": [0, 1, 2, 3, 4, 5, 6], "from": "22:00", "until": "06:00"}],
            "then": "hold",
            "except_kinds": [],
            "except_severities": [],
            "except_tags": [],
        },
    }
    (row,) = listed(run, "rule", "list")
    assert (row["name"], row["enabled"], row["account"]) == ("Production", True, "main")
    line = run("rule", "list").output.splitlines()[1]
    told = "after 2 failures, after 30 min, each failure, again every 24 h, quiet hours, more after 60 min"
    assert line.split() == ["main", "Production", "on", "ops,", "boss", "failed,", "event", *told.split()]


def test_a_rule_that_says_nothing_tells_of_failed_overdue_and_stuck_and_of_the_end(
    alerting: Alerting, run: Run
) -> None:
    alerting.channel()
    run("rule", "add", "--name", "all", "--channel", "ops")
    run("rule", "add", "--name", "quiet end", "--channel", "ops", "--no-recovery")
    assert spec_of(alerting, "all")["match"] == {"kinds": ["failed", "overdue", "stuck"]}
    assert [spec_of(alerting, name)["recover"] for name in ("all", "quiet end")] == [1, 0]


def test_a_rule_names_a_channel_of_an_account_below(alerting: Alerting, run: Run) -> None:
    theirs = alerting.channel("theirs", account=alerting.site.account("child", parent="main"))
    run("rule", "add", "--name", "r", "--channel", "theirs")
    assert spec_of(alerting, "r")["steps"] == [{"minutes": 0, "channels": [theirs]}]
    refused = run("rule", "add", "--name", "r", "--channel", "ops", "--account", "child")
    assert refused.output == "duplistat: account 'child' has no channel named 'ops'\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--channel", "nobody"], "account 'main' has no channel named 'nobody'"),
        (["--channel", "ops", "--job", "nothing"], "account 'main' has no job called 'nothing'"),
        (["--channel", "ops", "--server", "nowhere"], "account 'main' has no server called 'nowhere'"),
        (["--channel", "ops", "--step", "soon:ops"], "is not minutes and a channel"),
        (["--channel", "ops", "--quiet", "at night"], "is not a time such as 22:00-06:00"),
        (["--channel", "ops", "--quiet", "25:00-06:00"], "a time such as 22:00 is expected"),
        ([], "Missing option"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    alerting: Alerting, run: Run, words: list[str], told: str
) -> None:
    alerting.channel()
    result = run("rule", "add", "--name", "r", *words)
    assert result.exit_code != 0
    assert told in result.output


def test_a_name_that_several_jobs_have_needs_its_server(alerting: Alerting, run: Run) -> None:
    alerting.channel()
    for server in ("one", "two"):
        alerting.run(server=server, machine=f"m-{server}")
    ids = sorted(job.id for job in alerting.site.jobs())
    several = run("rule", "add", "--name", "r", "--channel", "ops", "--job", "Documents")
    assert "2 jobs are called 'Documents': use server/job, or one of the ids" in several.output
    for job in ("two/Documents", str(ids[1])):
        assert run("rule", "add", "--name", job, "--channel", "ops", "--job", job).exit_code == 0
        assert spec_of(alerting, job)["match"]["jobs"] == [ids[1]]


def test_a_rule_is_turned_off_and_on_and_deleted(alerting: Alerting, run: Run) -> None:
    alerting.channel()
    run("rule", "add", "--name", "r", "--channel", "ops")
    assert run("rule", "off", "--name", "r").output == "rule r is off\n"
    assert listed(run, "rule", "list")[0]["enabled"] is False
    alerting.run("Error")
    assert alerting.tick() == []
    run("rule", "on", "--name", "r")
    later(alerting)
    assert [message.kind for message in alerting.tick()] == ["problem"]
    assert run("rule", "delete", "--name", "r").output == "rule r deleted\n"
    assert run("rule", "delete", "--name", "r").output == "duplistat: account 'main' has no rule named 'r'\n"


def test_a_rule_tells_now_of_what_is_wrong_already_if_it_is_to(alerting: Alerting, run: Run) -> None:
    alerting.channel()
    alerting.run("Error")
    alerting.tick()
    run("rule", "add", "--name", "r", "--channel", "ops", "--tell-now")
    later(alerting)
    assert [message.kind for message in alerting.tick()] == ["problem"]


def test_a_rule_is_tried_before_it_is_there_and_after(alerting: Alerting, run: Run) -> None:
    alerting.channel()
    alerting.site.now.forward(hours=-3)
    alerting.run("Error")
    alerting.site.now.forward(hours=1)
    alerting.run()
    said = run("rule", "try", "--channel", "ops", "--days", "7")
    assert said.output.startswith(
        "2 messages in 7 days about 1 job: 1 of them recoveries, 0 about several jobs"
    )
    assert [line.split()[1:3] for line in said.output.splitlines()[2:]] == [
        ["ops", "problem"],
        ["ops", "recovered"],
    ]
    run("rule", "add", "--name", "r", "--channel", "ops", "--no-recovery")
    tried = json.loads(run("rule", "try", "--name", "r", "--json").output)
    assert [message["kind"] for message in tried["messages"]] == ["problem"]
    for words in ((), ("--name", "r", "--channel", "ops")):
        assert "give --name, or --channel" in run("rule", "try", *words).output


def test_a_problem_is_listed_and_acknowledged(alerting: Alerting, run: Run) -> None:
    failed(alerting)
    problem = alerting.problem()
    (row,) = listed(run, "problem", "list")
    assert (row["id"], row["kind"], row["state"], row["job"]["name"]) == (
        problem.id,
        "failed",
        "open",
        "Documents",
    )
    assert "Documents on " in run("problem", "list").output
    done = run("problem", "ack", str(problem.id), "--hours", "2", "--why", "the disk is on its way")
    assert done.output.startswith(f"problem {problem.id}: acknowledged until ")
    (row,) = listed(run, "problem", "list")
    assert (row["state"], row["acknowledgement"]["by"]) == ("acknowledged", "command line")
    assert row["acknowledgement"]["why"] == "the disk is on its way"
    assert "acknowledged until" in run("problem", "list").output
    run("problem", "ack", str(problem.id), "--undo")
    assert listed(run, "problem", "list")[0]["state"] == "open"
    later(alerting)
    alerting.run()
    alerting.tick()
    assert listed(run, "problem", "list") == []
    assert [row["state"] for row in listed(run, "problem", "list", "--all")] == ["closed"]
    assert run("problem", "ack", str(problem.id)).output == "duplistat: this problem is over\n"
    assert run("problem", "ack", "999").output == "duplistat: problem not found\n"


def test_a_notice_is_listed_shown_dropped_and_sent_again(alerting: Alerting, run: Run) -> None:
    alerting.rule(alerting.channel())
    alerting.run("Error")
    alerting.tick(deliver=False)
    (row,) = listed(run, "notice", "list", "--state", "waiting")
    assert (row["state"], row["channel"]["name"], row["rule"]["name"]) == ("waiting", "ops", "all")
    assert listed(run, "notice", "list", "--state", "sent") == []
    assert "[FAILED] Documents on" in run("notice", "list").output
    for number in (str(row["id"]), row["uid"]):
        shown = run("notice", "show", number).output
        assert shown.startswith(f"notice {row['id']} {row['uid']}: problem (first) to ops by rule all")
        assert "[FAILED] Documents on" in shown
    assert json.loads(run("notice", "show", str(row["id"]), "--json").output)["attempts"] == []
    assert run("notice", "drop", str(row["id"])).output == f"notice {row['id']} does not go out\n"
    assert "dropped (by_hand)" in run("notice", "list").output
    again = run("notice", "retry", row["uid"])
    assert again.output == f"notice {row['id']} goes out by ops\n"
    assert listed(run, "notice", "list")[0]["state"] == "waiting"
    later(alerting)
    alerting.deliver()
    assert run("notice", "retry", row["uid"]).output == "duplistat: this notice was sent already\n"
    assert run("notice", "show", "x").output == "duplistat: there is no notice x\n"


def test_notices_of_a_deleted_channel_are_still_listed(alerting: Alerting, run: Run) -> None:
    failed(alerting)
    db = alerting.site.db
    (channel,) = [row for row in channels.all_channels(db) if row.name == "ops"]
    for row in rules.of_accounts(db, (alerting.main,)):
        rules.delete(db, row.id)
    channels.delete(db, channel.id)
    (row_,) = listed(run, "notice", "list")
    assert row_["channel"] == {"id": None, "name": "ops"}
    assert [notice.id for notice in notices.page(db, (alerting.main,))] == [row_["id"]]


def test_a_silence_is_set_listed_and_ended(alerting: Alerting, run: Run) -> None:
    alerting.run()
    job = alerting.site.job()
    words = (
        "--hours",
        "2",
        "--job",
        "Documents",
        "--tag",
        "a",
        "--events",
        "--why",
        "the line is being moved",
    )
    made = run("silence", "add", *words)
    assert made.output.startswith("silence 1 until ")
    (row,) = listed(run, "silence", "list")
    assert (row["state"], row["why"], row["set_by"]) == ("holding", "the line is being moved", "command line")
    assert (row["match"]["jobs"], row["match"]["tags"], "event" in row["match"]["kinds"]) == (
        [job.id],
        ["a"],
        True,
    )
    assert f"jobs {job.id}; tags a, and events" in run("silence", "list").output
    stored = silences.get(alerting.site.db, 1)
    assert stored is not None
    assert stored.until_at - stored.from_at == 2 * HOUR_MS
    until = iso_ms(from_ms(wall_clock() + HOUR_MS))
    begin = iso_ms(from_ms(wall_clock() + HOUR_MS // 2))
    assert run("silence", "add", "--until", until, "--from", begin).exit_code == 0
    assert [row["state"] for row in listed(run, "silence", "list")] == ["coming", "holding"]
    assert run("silence", "end", "1").output == "silence 1 has ended\n"
    assert run("silence", "end", "1").output == "silence 1 was over already\n"
    assert [row["id"] for row in listed(run, "silence", "list")] == [2]
    assert len(listed(run, "silence", "list", "--all")) == 2
    assert [row["id"] for row in listed(run, "silence", "list", "--all", "--limit", "1")] == [2]
    run("silence", "end", "2")
    run("silence", "add", "--hours", "1")
    run("silence", "add", "--hours", "1")
    run("silence", "end", "4")
    assert [row["id"] for row in listed(run, "silence", "list", "--limit", "1")] == [3]
    assert "give --hours or --until" in run("silence", "add").output
    assert run("silence", "end", "99").output == "duplistat: silence not found\n"


def test_an_account_is_listed_with_those_below(alerting: Alerting, run: Run) -> None:
    failed(alerting)
    alerting.site.account("stranger")
    run("silence", "add", "--hours", "1")
    for words in (("problem", "list"), ("notice", "list"), ("rule", "list"), ("silence", "list")):
        assert len(listed(run, *words, "--account", "main")) == 1
        assert listed(run, *words, "--account", "stranger") == []
    assert problems.open_in(alerting.site.db, alerting.site.everyone, 2)


def test_a_problem_of_a_channel_says_why_here_and_in_the_api(alerting: Alerting, run: Run) -> None:
    site = alerting.site
    dead = alerting.channel("dead")
    with site.db.transaction():
        channels.update(site.db, dead, {"state": "broken", "state_why": "no such hook"})
    site.writes.run(check_channels, mail=False, now=site.now())
    assert [row["reason"] for row in listed(run, "problem", "list")] == ["No such hook"]
    told = site.read("/api/v1/problems", **{"X-Api-Key": site.key(Scope.READ)})["problems"]
    assert [(row["channel_id"], row["reason"]) for row in told] == [(dead, "No such hook")]
    assert run("problem", "list").output.splitlines()[1].endswith("open   No such hook")
    with site.db.transaction():
        channels.update(site.db, dead, {"state": "on", "state_why": ""})
    site.writes.run(check_channels, mail=False, now=site.now())
    assert "No such hook" in run("problem", "list", "--all").output
