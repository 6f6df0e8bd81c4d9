"""Evidence of a time, from real reports and changes; and the files that are made of it."""

import csv
import io
import json
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from duplistat.core.alerts.evidence_facts import JobFacts
from duplistat.core.alerts.evidence_seal import Seal
from duplistat.core.errors import DuplistatError
from duplistat.services.alerts.acknowledge import acknowledge
from duplistat.services.alerts.evidence import Evidence, read_evidence
from duplistat.services.alerts.evidence_file import check_file, pieces
from duplistat.services.languages import spoken
from duplistat.store import scheduler_lease
from tests.support.alerting import Alerting
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.silences import set_silence
from tests.support.site import Site

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = "2026-03-01T00:00:00+00:00"


@pytest.fixture
def site(site: Site) -> Site:
    site.now.set(BEGIN)
    return site


def night(site: Site, day: int, result: str = "Success", **more: object) -> None:
    """A run of ten minutes at 02:00 of a day, which is reported when it ends."""
    start = datetime.fromisoformat(BEGIN) + timedelta(days=day, hours=2)
    site.now.set((start + timedelta(minutes=10)).isoformat())
    site.record(duplicati(start.strftime("%Y-%m-%dT%H:%M:%SZ"), result=result, **more))  # type: ignore[arg-type]
    site.now.forward(minutes=1)


def read(site: Site, *, days: int = 10) -> Evidence:
    return read_evidence(
        site.db,
        site.everyone,
        site.schedule_defaults,
        account="main",
        begin=ms(BEGIN),
        end=ms(BEGIN) + days * DAY,
        now=site.now(),
    )


def the_job(site: Site) -> JobFacts:
    (found,) = read(site).jobs
    return found


def with_schedule(site: Site) -> None:
    night(site, 0)
    (job,) = site.jobs()
    site.set_job(job, schedule="daily 02:00", schedule_zone="UTC", grace_ms=HOUR)


def test_each_expected_night_has_a_run_or_is_missed(site: Site) -> None:
    with_schedule(site)
    for day, result in ((1, "Success"), (2, "Fatal"), (4, "Warning"), (5, "Success")):
        night(site, day, result)
    facts = the_job(site)
    assert facts["counts"] == {
        # The first run came before somebody set the schedule: nothing was known then.
        "expected": 5,
        "ran": 5,
        "good": 3,
        "warning": 1,
        "failed": 1,
        "other": 0,
        "missed": 1,
        "late": 0,
    }
    assert facts["missed_at"] == [ms(BEGIN) + 3 * DAY + 2 * HOUR]
    (gap,) = facts["gaps"]
    assert (gap["cause"], gap["failed"], gap["missed"]) == ("failed", 1, 1)
    assert gap["end"] == ms(BEGIN) + 4 * DAY + 2 * HOUR
    assert facts["repair_max_ms"] == 2 * DAY
    # From the start of the run of day 1 until the one of day 4 has ended.
    assert facts["max_age_ms"] == 3 * DAY + 10 * 60_000


def test_without_a_schedule_it_is_not_stated_what_was_expected(site: Site) -> None:
    night(site, 0)
    counts = the_job(site)["counts"]
    assert (counts["expected"], counts["missed"], counts["ran"]) == (None, None, 1)


def test_what_was_set_in_the_time_is_told_with_who_and_counts_from_then_on(site: Site) -> None:
    with_schedule(site)
    (job,) = site.jobs()
    night(site, 1)
    site.set_job(job, paused=True)
    site.now.forward(days=3)
    site.set_job(job, paused=False)
    night(site, 6)
    site.set_job(job, schedule="daily 05:00", schedule_zone="UTC")
    site.now.forward(days=2)
    facts = the_job(site)
    assert [(change["field"], change["by"], change["after"]) for change in facts["policy_changes"]] == [
        ("schedule", "command line", "daily 02:00"),
        ("schedule_zone", "command line", "UTC"),
        ("grace_seconds", "command line", "3600"),
        ("schedule", "command line", "daily 05:00"),
    ]
    (pause,) = facts["quiet"]
    assert (pause["kind"], pause["by"], pause["end"] - pause["begin"]) == ("pause", "command line", 3 * DAY)
    # Day 5 was missed, the days of the pause were not; after day 6 the hour is another one.
    missed = [(at - ms(BEGIN)) / HOUR for at in facts["missed_at"]]
    assert missed[0] == 5 * 24 + 2
    assert missed[1:] == [6 * 24 + 5, 7 * 24 + 5]


def test_who_was_told_of_what_and_who_acknowledged_it_is_in_it(site: Site) -> None:
    alerting = Alerting(site)
    alerting.rule(alerting.channel("ops"))
    night(site, 0)
    night(site, 1, "Fatal")
    alerting.tick()
    site.writes.run(
        acknowledge,
        problem=alerting.problem().id,
        until=site.now() + HOUR,
        why="disk ordered",
        **site.signature(),
    )
    until = site.now() + DAY
    set_silence(site.writes, site.now(), lasts_ms=DAY, why="move")
    night(site, 3)
    facts = the_job(site)
    (alarm,) = facts["alarms"]
    assert (alarm["kind"], [told["channel"] for told in alarm["told"]]) == ("failed", ["ops"])
    (gap,) = facts["gaps"]
    assert (gap["acknowledged_by"], gap["acknowledged_why"]) == ("command line", "disk ordered")
    (silence,) = facts["silences"]
    assert (silence["why"], silence["by"], silence["end"]) == ("move", "command line", until)


def test_restores_and_verifications_are_proofs(site: Site) -> None:
    night(site, 0)
    night(site, 1, operation="Restore")
    night(site, 2, "Fatal", operation="Restore")
    facts = the_job(site)
    assert [(proof["kind"], proof["good"]) for proof in facts["proofs"]] == [
        ("restore", True),
        ("restore", False),
    ]


def test_what_is_not_about_one_job_is_in_the_head(site: Site) -> None:
    night(site, 0)
    with site.db.transaction():
        scheduler_lease.add_away(site.db, ms(BEGIN) + DAY, ms(BEGIN) + DAY + HOUR)
    site.now.forward(days=3)
    head = read(site).head
    assert [(span["begin"], span["end"]) for span in head["away"]] == [
        (ms(BEGIN) + DAY, ms(BEGIN) + DAY + HOUR)
    ]
    assert head["jobs_nobody_hears_of"] == ["nas / Documents"]
    assert head["end"] == site.now()


def test_the_hash_of_the_deliveries_can_be_reckoned_again(site: Site) -> None:
    for day in range(4):
        night(site, day)
    found = read(site)
    jobs = list(found.jobs)
    hashes = [delivery["sha256"] for job in jobs for run in job["runs"] for delivery in run["deliveries"]]
    assert len(hashes) == found.tail["deliveries"] == found.tail["runs"] == 4
    assert hashes == [delivery.sha256 for delivery in sorted(site.deliveries(), key=lambda one: one.id)]
    assert (
        found.tail["deliveries_sha256"] == sha256("".join(f"{one}\n" for one in hashes).encode()).hexdigest()
    )


@pytest.mark.parametrize("kind", ["json", "csv", "html"])
def test_a_file_says_whether_it_is_as_it_was_made(site: Site, kind: str) -> None:
    with_schedule(site)
    night(site, 2, "Fatal", exception="<b>=1+1</b>")
    made = made_of(site, kind)

    def check(content: bytes) -> Seal:
        return check_file(site.config, [content])

    assert check(made) is Seal.GOOD
    assert check_file(site.config, [made[at : at + 7] for at in range(0, len(made), 7)]) is Seal.GOOD
    assert check(made.replace(b"Documents", b"documents", 1)) is Seal.CHANGED
    assert check(made + b"x") is Seal.CHANGED
    assert check(made[:-300]) is Seal.NONE
    assert check(b"nothing") is Seal.NONE


def test_a_file_of_another_server_is_not_ours(site: Site) -> None:
    night(site, 0)
    made = made_of(site, "json")
    site.config.data.joinpath("secret.key").write_text("x" * 43 + "=\n")
    assert check_file(site.config, [made]) is Seal.OTHER_KEY


def made_of(site: Site, kind: str, language: str = "en") -> bytes:
    say, zone = spoken(language), site.schedule_defaults.zone
    made = pieces(site.config, read(site), kind, say=say, zone=zone, address="https://b.example.org")
    return "".join(made).encode()


def test_json_is_json_with_times_for_programs(site: Site) -> None:
    night(site, 0)
    content = json.loads(made_of(site, "json"))
    assert content["head"]["begin"] == "2026-03-01T00:00:00.000Z"
    assert content["jobs"][0]["runs"][0]["at"] == "2026-03-01T02:00:00.000Z"
    assert content["tail"]["runs"] == 1
    assert content["signature"].startswith("duplistat-evidence-hmac-sha256:")


def test_csv_has_a_line_for_each_run_with_its_raw_report_and_no_formula(site: Site) -> None:
    night(site, 0, job="=1+1")
    rows = list(csv.DictReader(io.StringIO(made_of(site, "csv").decode("utf-8-sig"))))
    assert [row["record"] for row in rows] == ["evidence", "job", "run", "end", "signature"]
    (delivery,) = site.deliveries()
    run = rows[2]
    assert (run["job"], run["delivery"], run["sha256"]) == ("'=1+1", str(delivery.id), delivery.sha256)
    assert run["link"] == f"https://b.example.org/deliveries/{delivery.id}"


def test_html_escapes_what_others_wrote_and_speaks_german(site: Site) -> None:
    night(site, 0, "Fatal", job="<b>x</b>", exception="<script>alert(1)</script>")
    english, german = made_of(site, "html").decode(), made_of(site, "html", "de").decode()
    assert "<script>" not in english
    assert "&lt;b&gt;x&lt;/b&gt;" in english
    assert "not stated" in english
    assert "nicht angegeben" in german


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_time_without_end_is_refused(site: Site, days: int) -> None:
    site.now.forward(days=500)
    with pytest.raises(DuplistatError):
        read(site, days=days)


def test_a_customer_sees_no_job_and_no_word_of_another_account(site: Site) -> None:
    customer = site.account("customer", "main")
    night(site, 0)
    set_silence(site.writes, site.now(), lasts_ms=DAY, why="secret plan")
    site.now.forward(days=2)
    found = read_evidence(
        site.db,
        (customer,),
        site.schedule_defaults,
        account="customer",
        begin=ms(BEGIN),
        end=site.now(),
        now=site.now(),
    )
    assert list(found.jobs) == []
    site.db.execute("UPDATE job SET account_id = ?", (customer,))
    site.db.execute("UPDATE server SET account_id = ?", (customer,))
    found = read_evidence(
        site.db,
        (customer,),
        site.schedule_defaults,
        account="customer",
        begin=ms(BEGIN),
        end=site.now(),
        now=site.now(),
    )
    (facts,) = found.jobs
    (silence,) = facts["silences"]
    assert (silence["by"], silence["why"]) == ("", "")


def test_the_statements_for_a_job_do_not_grow_with_its_runs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted() -> int:
        seen = []
        execute = type(site.db).execute

        def counting(db, statement, parameters=()):  # type: ignore[no-untyped-def]  # as the method
            seen.append(statement)
            return execute(db, statement, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(type(site.db), "execute", counting)
            list(read(site, days=60).jobs)
        return len(seen)

    night(site, 0)
    few = counted()
    for day in range(1, 30):
        night(site, day)
    assert counted() == few
    assert few < 30
