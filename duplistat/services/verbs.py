"""Every change of the database, by name: done here, or by the writer process."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from duplistat.config import Config
from duplistat.core.causes import Cause, not_taken_in
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.services import (
    account_changes,
    agent_jobs,
    agent_tasks,
    alternating,
    chores,
    clients,
    copies,
    dismissing,
    inbox,
    job_deletion,
    job_settings,
    keys,
    limits,
    living,
    merging,
    noting,
    overdue,
    own_backups,
    people,
    preferences,
    recording,
    renamed_jobs,
    replay,
    report_urls,
    retention,
    server_deletion,
    services,
    sessions,
    set_here,
    set_up,
    settings,
    unlocking,
    unmerging,
    unread,
    users,
)
from duplistat.services.job_state import Clockwork
from duplistat.store import probe, writer
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.write_health import Failing, WriteHealth, untold

Verb = Callable[[Database, Tally, dict[str, Any], Sequence[bytes], Clockwork], Any]

VERBS: dict[str, Verb] = {
    "record": recording.record,
    "live": living.live,
    "keep_unread": unread.keep_unread,
    "note_event": noting.note_event,
    "sweep": overdue.sweep,
    "tick": overdue.tick,
    "let_go": overdue.let_go,
    "touch_key": keys.touch,
    "create_account": account_changes.create_account,
    "set_account": account_changes.set_account,
    "move_account": account_changes.move_account,
    "freeze_account": account_changes.freeze_account,
    "note_export": account_changes.note_export,
    "delete_account": account_changes.delete_account,
    "delete_rows": account_changes.delete_rows,
    "delete_accounts": account_changes.delete_accounts,
    "ask_copy": copies.ask_copy,
    "ask_own_backup": own_backups.ask_own_backup,
    "take_chore": chores.take_chore,
    "hold_chore": chores.hold_chore,
    "end_chore": chores.end_chore,
    "create_key": keys.create_key,
    "rotate_key": keys.rotate_key,
    "revoke_key": keys.revoke_key,
    "take_token": limits.take_token,
    "create_client": clients.create_client,
    "revoke_client": clients.revoke_client,
    "issue_token": clients.issue_token,
    "revoke_token": clients.revoke_token,
    "sign_in": sessions.do_sign_in,
    "touch_session": sessions.touch_session,
    "end_session": sessions.end_session,
    "end_other_sessions": sessions.end_other_sessions,
    "set_up": set_up.do_set_up,
    "reset_password": sessions.do_reset_password,
    "unlock_user": unlocking.unlock_user,
    "make_way_in": unlocking.make_way_in,
    "add_recovery": users.add_recovery,
    "register": users.register,
    "change_user": users.change_user,
    "create_person": people.create_person,
    "set_person": people.set_person,
    "remove_person": people.remove_person,
    "remove_contact": users.remove_contact,
    "add_service": services.add_service,
    "change_service": services.change_service,
    "freeze_service": services.freeze_service,
    "maintain_service": services.maintain_service,
    "collect_services": services.collect_services,
    "make_report_url": report_urls.make_report_url,
    "rotate_report_url": report_urls.rotate_report_url,
    "take_tasks": agent_tasks.take_tasks,
    "free_tasks": agent_tasks.free_tasks,
    "end_task": agent_tasks.end_task,
    "keep_task": agent_tasks.keep_task,
    "enqueue_collects": agent_tasks.enqueue_collects,
    "note_agent": agent_tasks.note_agent,
    "note_agent_job": agent_jobs.note_agent_job,
    "note_agent_log": agent_jobs.note_agent_log,
    "drop_agent_schedules": agent_jobs.drop_agent_schedules,
    "replay": replay.replay,
    "replay_event": replay.replay_event,
    "set_here": set_here.set_here,
    "put_away": inbox.put_away,
    "note_replay": inbox.note_replay,
    "replay_unread": inbox.replay_unread,
    "prune": retention.prune,
    "prune_unread": unread.prune_unread,
    "set_job": job_settings.set_job,
    "note_job_export": job_settings.note_job_export,
    "dismiss_failure": dismissing.dismiss_failure,
    "delete_job": job_deletion.delete_job,
    "delete_job_rows": job_deletion.delete_job_rows,
    "set_server": settings.set_server,
    "note_server_export": settings.note_server_export,
    "delete_server": server_deletion.delete_server,
    "delete_server_rows": server_deletion.delete_server_rows,
    "merge_servers": merging.merge,
    "unmerge_servers": unmerging.unmerge,
    "merge_step": merging.merge_step,
    "join_jobs": renamed_jobs.join_jobs,
    "unjoin_jobs": renamed_jobs.unjoin_jobs,
    "keep_jobs": renamed_jobs.keep_jobs,
    "keep_servers_apart": alternating.keep_apart,
    "set_preferences": preferences.set_preferences,
}
# They take servers and jobs away, which others are about to write of: nothing else is written meanwhile.
ALONE = frozenset(
    {
        "delete_accounts",
        "delete_rows",
        "delete_job_rows",
        "delete_server_rows",
        "merge_servers",
        "merge_step",
        "unmerge_servers",
        "join_jobs",
        "unjoin_jobs",
    }
)
# How often a write that lost a race for a lock on PostgreSQL is tried again.
TRIES = 4
# Whoever asks whether writes succeed has one tried, at most once in so many seconds, and of so many bytes unless they
# failed before.
TRY_EVERY = 1.0
SMALL = 16


def clockwork_of(config: Config) -> Clockwork:
    return Clockwork(
        zone=config.zone,
        grace_ms=config.overdue.grace_seconds * 1000,
        stuck_ms=config.overdue.stuck_seconds * 1000,
    )


def operations(config: Config) -> dict[str, writer.Operation]:
    """The verbs, with what the configuration says about time."""
    clockwork = clockwork_of(config)

    def bind(name: str, verb: Verb) -> writer.Operation:
        def operation(db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes]) -> Any:
            db.queue_for("servers", shared=name not in ALONE)
            # An answer and not an error, which would undo the group that this is written with.
            wait = limits.taken(db, arguments)
            return {"wait": wait} if wait else verb(db, tally, arguments, blobs, clockwork)

        return operation

    return {name: bind(name, verb) for name, verb in VERBS.items()}


class Direct:
    """Changes made in this process: on PostgreSQL, and by commands that run beside the server."""

    def __init__(self, db: Database, config: Config, health: WriteHealth | None = None) -> None:
        """Without a `health` nothing goes into the log: a command says itself what failed."""
        self._db = db
        self._operations = operations(config)
        self.health = health or untold()
        self._trying = threading.Lock()
        self._tried = 0.0

    def call(self, name: str, arguments: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> Any:
        for attempt in range(TRIES):
            (result,) = writer.apply(self._db, self._operations, [(name, dict(arguments), list(blobs))])
            if not isinstance(result, Exception):
                if self.health.failing:
                    self._try()
                return result
            if isinstance(result, DuplistatError) or attempt == TRIES - 1:
                break
            if attempt == 0 and cause_of(result) is Cause.UNREACHABLE:
                # The server was started again since a connection was made: another one may do.
                self._db.drop_connections()
            elif not _lost_race(result):
                break
        if isinstance(result, DuplistatError):
            raise result
        cause = self.health.note(result, self._db.file)
        if cause is not None:
            raise WriteFailed(not_taken_in(cause)) from result
        self.health.mistake(result)
        raise DuplistatError(Kind.UNAVAILABLE, "The database could not take this in") from result

    def failing(self) -> Failing | None:
        """Why writes fail, and since when. It is found out by writing: other processes and machines write, too."""
        with self._trying:
            if time.monotonic() - self._tried >= TRY_EVERY:
                self._try()
        return self.health.failing

    def _try(self) -> None:
        """Find out whether writes succeed."""
        size = probe.WHOLE if self.health.failing else SMALL
        try:
            probe.write(self._db, self.health.now(), size)
        except Exception as e:
            if self.health.note(e, self._db.file, 0) is None:
                raise
        else:
            self.health.succeeded()
        finally:
            self._tried = time.monotonic()


def _lost_race(error: Exception) -> bool:
    """PostgreSQL ended a transaction that waited for one that waited for it, or could not be ordered."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return getattr(cause, "sqlstate", None) in ("40001", "40P01")
