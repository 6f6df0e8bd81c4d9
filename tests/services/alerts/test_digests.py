"""Digests that go out by the clock: once, by each channel, also when all is good; and what they read for it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest

from duplistat.core.alerts.digest_facts import DigestFacts
from duplistat.core.errors import DuplistatError
from duplistat.core.learned import Learned, to_dict
from duplistat.core.schedule_text import parse_schedule
from duplistat.jobs.alerts import send_digests
from duplistat.services.alerts import digests as service
from duplistat.services.alerts.channels import delete_channel
from duplistat.services.alerts.digest_rows import read_digest
from duplistat.services.alerts.digests import (
    DigestChanges,
    Made,
    add_digest,
    delete_digest,
    digest_now,
    put_digest,
    set_digest,
)
from duplistat.services.audit import BY_COMMAND
from duplistat.store import accounts, audit, digests, notices
from duplistat.store.audit import Filter
from duplistat.store.digests import Digest
from duplistat.store.notices import Notice
from tests.support.alerting import Alerting
from tests.support.silences import set_silence
from tests.support.site import Site

HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def add(alerting: Alerting, *channels: int, name: str = "daily", **changes: Any) -> Digest:
    about = cast(DigestChanges, {"name": name, "channels": list(channels), "hour": 7, **changes})
    new = alerting.site.writes.run(
        add_digest, account=alerting.main, changes=about, **alerting.site.signature()
    )
    found = digests.get(alerting.site.db, new)
    assert found is not None
    return found


def again(alerting: Alerting, row: Digest) -> Digest:
    found = digests.get(alerting.site.db, row.id)
    assert found is not None
    return found


def tick(alerting: Alerting) -> int:
    return send_digests(alerting.context, alerting.site.schedule_defaults)


def sent(alerting: Alerting) -> list[Notice]:
    """All digests that were made, oldest first."""
    found = notices.page(alerting.site.db, alerting.site.everyone, limit=500)
    return [notice for notice in reversed(found) if notice.kind == "digest"]


def told(notice: Notice) -> DigestFacts:
    content: DigestFacts = json.loads(notice.facts)["details"]
    return content


def wait_for(alerting: Alerting, row: Digest, *, late_ms: int = 0) -> None:
    clock = alerting.site.now
    clock.forward(seconds=(again(alerting, row).next_at + late_ms - clock()) / 1000)


def test_a_digest_goes_out_at_its_hour_by_each_channel_also_when_all_is_good(alerting: Alerting) -> None:
    alerting.run()
    row = add(alerting, alerting.channel("ops"), alerting.channel("boss"))
    assert tick(alerting) == 0
    wait_for(alerting, row)
    assert tick(alerting) == 2
    assert tick(alerting) == 0
    assert sorted(notice.channel for notice in sent(alerting)) == ["boss", "ops"]
    facts = told(sent(alerting)[0])
    assert (facts["total"], facts["counts"]["ok"]) == (1, 1)
    assert again(alerting, row).next_at - row.next_at == DAY


def test_days_without_us_are_made_up_for_by_one_digest(alerting: Alerting) -> None:
    alerting.run()
    row = add(alerting, alerting.channel())
    wait_for(alerting, row, late_ms=5 * DAY + HOUR)
    assert tick(alerting) == 1
    assert tick(alerting) == 0
    later = again(alerting, row)
    assert later.next_at == row.next_at + 6 * DAY
    assert later.last_at == alerting.site.now()


def test_two_schedulers_at_once_make_a_digest_once(alerting: Alerting) -> None:
    row = add(alerting, alerting.channel())
    wait_for(alerting, row)
    site = alerting.site
    facts, state = digest_now(site.db, row, site.schedule_defaults, site.now())

    def put(_number: int) -> int:
        with site.db.connection():
            made: Made = {"facts": facts, "state": state}
            return site.writes.run(put_digest, digest=row.id, seen=row.next_at, made=made, now=site.now())

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(put, range(4))) == [0, 0, 0, 1]
    assert len(sent(alerting)) == 1


def test_a_digest_that_skips_is_sent_only_when_something_changed(alerting: Alerting) -> None:
    alerting.run()
    row = add(alerting, alerting.channel(), skip_unchanged=True)
    made = []
    for _ in range(3):
        wait_for(alerting, row)
        made.append(tick(alerting))
    alerting.run("Fatal")
    wait_for(alerting, row)
    made.append(tick(alerting))
    # The first tells that the job is new.
    assert made == [1, 1, 0, 1]


def test_a_channel_that_is_off_gets_none_and_one_that_is_gone_is_forgotten(alerting: Alerting) -> None:
    on, off = alerting.channel("on"), alerting.channel("off")
    row = add(alerting, on, off)
    alerting.site.db.execute("UPDATE channel SET state = 'off' WHERE id = ?", (off,))
    wait_for(alerting, row)
    assert tick(alerting) == 1
    alerting.site.writes.run(delete_channel, channel=on, **alerting.site.signature())
    assert again(alerting, row).channels == f"[{off}]"


def test_a_digest_goes_by_the_clock_of_its_account(alerting: Alerting) -> None:
    alerting.site.db.execute("UPDATE account SET timezone = 'Asia/Tokyo' WHERE id = ?", (alerting.main,))
    row = add(alerting, alerting.channel(), hour=7)
    # 07:00 in Tokyo is 22:00 UTC.
    assert row.next_at % DAY == 22 * HOUR


def test_why_nobody_was_told_is_in_the_digest(alerting: Alerting) -> None:
    ops = alerting.channel()
    alerting.rule(ops, after_fails=3, match={"kinds": ["failed"]})
    for job, result in (("below", "Fatal"), ("unheard", "Warning"), ("silent", "Fatal"), ("told", "Fatal")):
        alerting.run(result, job=job)
    alerting.run("Fatal", job="told")
    alerting.site.now.forward(minutes=1)
    alerting.run("Fatal", job="told")
    alerting.site.now.forward(minutes=1)
    alerting.run("Fatal", job="told")
    silent = next(job for job in alerting.site.jobs() if job.name == "silent")
    until = alerting.site.now() + 30 * DAY
    set_silence(alerting.site.writes, alerting.site.now(), lasts_ms=30 * DAY, jobs=[silent.id])
    alerting.tick()
    row = add(alerting, ops)
    facts, _state = digest_now(alerting.site.db, row, alerting.site.schedule_defaults, alerting.site.now())
    untold = next(section for section in facts["sections"] if section["part"] == "untold")
    assert {line["name"]: (line["kind"], line["until"]) for line in untold["lines"]} == {
        "below": ("below", None),
        "unheard": ("no_rule", None),
        "silent": ("silenced", until),
    }


def test_jobs_that_are_renamed_deleted_or_learned_anew_are_changes(alerting: Alerting) -> None:
    alerting.run()
    row = add(alerting, alerting.channel())
    wait_for(alerting, row)
    tick(alerting)
    site = alerting.site
    (job,) = site.jobs()
    site.now.forward(hours=1)
    site.set_job(job, alias="Papers")
    site.set_job(job, schedule="daily 02:30", schedule_zone="UTC")
    site.now.forward(minutes=1)
    facts, _ = digest_now(site.db, again(alerting, row), site.schedule_defaults, site.now())
    changed = next(section for section in facts["sections"] if section["part"] == "changed")
    assert sorted(line["kind"] for line in changed["lines"]) == ["renamed", "schedule"]
    rhythm = Learned(parse_schedule("daily 02:30"), timedelta(minutes=5), runs=9)
    learned = json.dumps(to_dict(rhythm))
    site.db.execute("UPDATE job SET learned = ?, schedule = NULL, schedule_set_at = NULL", (learned,))
    facts, _ = digest_now(site.db, again(alerting, row), site.schedule_defaults, site.now())
    changed = next(section for section in facts["sections"] if section["part"] == "changed")
    assert [line["kind"] for line in changed["lines"]].count("relearned") == 1


def test_the_statements_of_a_digest_do_not_grow_with_jobs_or_history(
    alerting: Alerting, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, ops = alerting.site, alerting.channel()
    alerting.rule(ops, after_fails=9)
    row = add(alerting, ops)

    def counted() -> int:
        seen = []
        execute = type(site.db).execute

        def counting(db: Any, statement: str, parameters: Any = ()) -> Any:
            seen.append(statement)
            return execute(db, statement, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(type(site.db), "execute", counting)
            digest_now(site.db, row, site.schedule_defaults, site.now())
        return len(seen)

    alerting.run("Fatal")
    alerting.tick()
    few = counted()
    for number in range(12):
        site.now.forward(minutes=5)
        alerting.run("Fatal")
        alerting.run("Fatal", job=f"job {number}")
        alerting.tick()
    assert counted() == few
    assert few < 25


def test_a_time_that_is_over_is_told_from_the_days_of_the_jobs(alerting: Alerting) -> None:
    site = alerting.site
    alerting.run("Fatal")
    alerting.run("Success", job="fine")
    day = site.now() // DAY * DAY
    site.now.forward(days=3)
    alerting.run("Success")
    facts = read_digest(
        site.db,
        site.everyone,
        site.schedule_defaults,
        name="",
        account="main",
        period="day",
        from_at=day,
        until_at=day + DAY,
        now=site.now(),
    )
    assert (facts["past"], facts["counts"]["failed"], facts["counts"]["ok"]) == (True, 1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": [4711]}, "channels"),
        ({"hour": 24}, "hour"),
        ({"period": "year"}, "period"),
        ({"period": "week", "day": 8}, "day"),
        ({"name": " "}, "name"),
    ],
)
def test_a_digest_that_cannot_be_is_refused(alerting: Alerting, changes: dict[str, Any], field: str) -> None:
    named = changes.get("channels", [alerting.channel()])
    others = {name: value for name, value in changes.items() if name != "channels"}
    with pytest.raises(DuplistatError) as refused:
        add(alerting, *named, **others)
    assert refused.value.field == field


def test_a_name_is_taken_once(alerting: Alerting) -> None:
    ops = alerting.channel()
    add(alerting, ops)
    other = add(alerting, ops, name="other")
    with pytest.raises(DuplistatError, match="already"):
        add(alerting, ops)
    with pytest.raises(DuplistatError, match="already"):
        alerting.site.writes.run(
            set_digest, digest=other.id, changes={"name": "daily"}, **alerting.site.signature()
        )


def test_a_channel_of_another_account_is_none_of_ours(alerting: Alerting) -> None:
    customer = alerting.site.account("customer", "main")
    stranger = alerting.channel("theirs")
    with pytest.raises(DuplistatError, match="no channel"):
        alerting.site.writes.run(
            add_digest,
            account=customer,
            changes={"name": "mine", "channels": [stranger]},
            **alerting.site.signature(),
        )


def test_what_people_do_with_digests_is_in_the_audit_log(alerting: Alerting) -> None:
    site = alerting.site
    row = add(alerting, alerting.channel())
    site.writes.run(set_digest, digest=row.id, changes={"hour": 9, "enabled": False}, **site.signature())
    assert again(alerting, row).next_at % DAY == 9 * HOUR
    facts, _ = digest_now(site.db, row, site.schedule_defaults, site.now())
    site.writes.run(service.send_digest, digest=row.id, facts=facts, **site.signature())
    site.writes.run(delete_digest, digest=row.id, **site.signature())
    noted = audit.page(site.db, site.everyone, Filter(action="digest"), before=None, limit=10)
    assert [entry.action for entry in noted] == [
        "digest.delete",
        "digest.send",
        "digest.set",
        "digest.create",
    ]
    assert {entry.who for entry in noted} == {BY_COMMAND.who}
    assert [notice.why for notice in sent(alerting)] == ["request"]


def test_a_monthly_digest_that_becomes_weekly_has_a_day_of_the_week(alerting: Alerting) -> None:
    row = add(alerting, alerting.channel(), period="month", day=31)
    alerting.site.writes.run(
        set_digest, digest=row.id, changes={"period": "week"}, **alerting.site.signature()
    )
    assert (again(alerting, row).period, again(alerting, row).day) == ("week", 1)


def test_a_digest_tells_of_the_accounts_below_and_of_no_others(alerting: Alerting) -> None:
    site = alerting.site
    customer = site.account("customer", "main")
    alerting.run()
    mine = site.writes.run(
        add_digest,
        account=customer,
        changes={"name": "mine", "channels": [alerting.channel("theirs", account=customer)]},
        **site.signature(),
    )
    row = digests.get(site.db, mine)
    assert row is not None
    facts, _ = digest_now(site.db, row, site.schedule_defaults, site.now())
    assert (facts["total"], facts["account"]) == (0, "customer")
    assert accounts.visible(site.db, customer) == (customer,)
