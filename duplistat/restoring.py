"""What the main process does with the database while nobody else uses it: at the start, and to restore a backup."""

import logging
import signal
import time
from typing import Any

from duplistat.config import Config
from duplistat.now import wall_clock
from duplistat.services.bootstrap import prepare
from duplistat.services.commands import Direct
from duplistat.services.monitoring.sweep import first_tick, give_time_back, tick
from duplistat.services.people import first_admin
from duplistat.store.database import Database

log = logging.getLogger(__name__)


def ready(config: Config, holder: str, db: Database) -> int:
    """Bring a database up to date, for the scheduler that `holder` names; the id of the account `main`.

    Raises SchemaTooNew.
    """
    main = prepare(db, wall_clock())
    first_admin.invite(db, config, wall_clock())
    # Before anyone asks what is overdue: whoever was waited for while we were away gets the time back.
    direct = Direct(db, config)
    direct.run(tick, **first_tick(config.overdue, holder, wall_clock()))
    give_time_back(db, direct)
    return main


def restore_if_asked(arbiter: Any, graceful: float) -> None:
    """Put a backup in place of the database, when somebody has asked for that on a page.

    All other processes end for that, workers within `graceful` seconds. The sockets stay open: who calls meanwhile
    waits for the next workers.
    """
    # What the first answer does not need: it is loaded by now.
    from duplistat.services.maintenance import restore_asked

    app = arbiter.app
    if not restore_asked.is_asked(app.config):
        return
    log.info("restoring a backup: all processes let go of the database")
    until = time.monotonic() + graceful
    arbiter.kill_workers(signal.SIGTERM)
    while arbiter.WORKERS:
        arbiter.reap_workers()
        if time.monotonic() > until:
            arbiter.kill_workers(signal.SIGKILL)
        time.sleep(0.05)
    for companion in reversed(app.companions):
        companion.stop(timeout=2)
    app.main = restore_asked.put_in_place(app.config, app.ready, wall_clock())
