"""The same day of reports gives the same answers on both databases."""

import re
import shutil
from pathlib import Path

from duplistat.config import Config
from duplistat.services.monitoring.sweep import tick, tick_arguments
from duplistat.store.database import Database
from tests.support.bodies import FORM, JSON, SAMPLES, duplicati, form, live, sample, simple, text_report
from tests.support.clock import Clock
from tests.support.postgres import Postgres
from tests.support.site import Site

ANSWERS = ("/api/summary", "/api/health", "/metrics", "/api/lastbackup/nas", "/api/lastbackup/nowhere")


def a_day(site: Site) -> list[dict[str, object]]:
    """Every sample and more, hour by hour, with a look at everything in between; all that was answered."""
    answers: list[dict[str, object]] = []
    for number, name in enumerate(SAMPLES * 2):
        site.now.set(f"2026-08-01T{number // 2 % 24:02}:{number % 60:02}:00Z")
        kind = FORM if name.endswith(".txt") else JSON
        answers.append(site.post(sample(name), kind=kind, address=f"192.0.2.{number % 3}").get_json())
        site.sweep()
    site.now.set("2026-08-02T02:00:00Z")
    for body in (
        duplicati("2026-08-01T02:00:00Z", next_run="20260802T020000Z"),
        form(text_report("2026-08-01T03:00:00Z", job="Photos")),
        duplicati("2026-08-01T03:00:00.5Z", job="Photos"),
        duplicati("2026-08-01T04:00:00Z", job="Größe ß", SizeOfExaminedFiles=2**63 - 1),
        duplicati("2026-08-01T04:00:00Z", job="größe Ä", result="Strange"),
        simple(start="2026-08-01T05:00:00Z", status="error", messages=[{"level": "error", "message": "x"}]),
        live("Started", "2026-08-02T01:00:00Z", job="Alive"),
        b"hello",
    ):
        answers.append(site.post(body).get_json())
    site.set_job(site.job("daily"), schedule="daily 05:00", schedule_zone="Europe/Berlin")
    for hours in range(0, 72, 3):
        site.now.at = site.now.at + hours * 600_000
        site.writes.run(tick, **tick_arguments(site.config.overdue, "test", site.now()))
        site.sweep()
    return answers


def everything(site: Site) -> list[str]:
    """Every answer of every read."""
    ids = [server.id for server in site.servers()]
    paths = [*ANSWERS, *(f"/api/lastbackup{s}/{id}" for id in ids for s in ("", "s"))]
    return [f"{path} {(answer := site.get(path)).status_code} {answer.text}" for path in paths]


def test_both_databases_give_the_same_answers(
    postgres: Postgres, prepared_sqlite: Path, tmp_path: Path
) -> None:
    path = shutil.copy(prepared_sqlite, tmp_path / "duplistat.db")
    with postgres.database() as postgresql:
        told, read = [], []
        for url in (f"sqlite:///{path}", postgresql):
            db = Database(url)
            config = Config.model_validate(
                {"data": tmp_path, "server": {"timezone": "Europe/Berlin"}, "database": {"url": url}}
            )
            site = Site(config, db, Clock("2026-08-01T00:00:00Z"))
            told.append(a_day(site))
            read.append(everything(site))
            db.close_all()
    assert told[0] == told[1]
    assert read[0] == read[1]
    assert len(read[0]) > 15
    assert not re.search("Traceback|Internal", "".join(read[0]))
