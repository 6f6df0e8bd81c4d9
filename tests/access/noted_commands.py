"""Every command that changes something: what people run, and what programs and the clock do."""

from collections.abc import Callable
from typing import Any

from duplistat.core.overview_view import view_state
from duplistat.services.access import once
from duplistat.services.access.api_keys import create_key, import_key, revoke_key, rotate_key, touch_key
from duplistat.services.access.oauth_clients import create_client, issue_token, revoke_client, revoke_token
from duplistat.services.access.rate_limits import take_token
from duplistat.services.access.wall_links import create_wall_link, revoke_wall_link, touch_wall_link
from duplistat.services.accounts.changes import (
    create_account,
    delete_account,
    delete_account_rows,
    delete_accounts,
    move_account,
    note_account_export,
    set_account,
    set_account_suspended,
)
from duplistat.services.agents import registry, report_urls, task_queue
from duplistat.services.agents.jobs import drop_agent_schedules, note_agent_job, note_agent_log
from duplistat.services.agents.several import ask_all_services, ask_services, remove_services
from duplistat.services.alerts import (
    broken,
    device_events,
    digests,
    outbox,
    recipients,
    routing,
    self_test,
    telling,
)
from duplistat.services.background import (
    end_background_task,
    hold_background_task,
    release_background_task,
    take_background_task,
)
from duplistat.services.configuration.overrides import set_overrides
from duplistat.services.imports.channels import import_channels
from duplistat.services.imports.history import import_missed, import_runs, settle_imported
from duplistat.services.imports.places import import_jobs, import_ping_keys, import_servers, note_import
from duplistat.services.imports.task import request_import
from duplistat.services.jobs.bulk import set_jobs
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.jobs.settings import note_job_export, set_job
from duplistat.services.mail_intake.receive import record_mail
from duplistat.services.maintenance import restore_asked
from duplistat.services.maintenance.database_copies import request_backup_or_check
from duplistat.services.maintenance.retention import prune_runs, prune_table
from duplistat.services.maintenance.scheduled_backups import request_scheduled_backup
from duplistat.services.monitoring.day_sums import sum_days
from duplistat.services.monitoring.learning import save_learned
from duplistat.services.monitoring.schedule_changes import set_schedule, set_schedules
from duplistat.services.monitoring.sweep import give_some_back, release_lease, sweep, tick
from duplistat.services.people.account_choice import choose_account
from duplistat.services.people.administration import create_person, remove_person, set_person
from duplistat.services.people.first_admin import create_first_admin
from duplistat.services.people.looks import note_look
from duplistat.services.people.preferences import set_preferences
from duplistat.services.people.saved_views import add_view, delete_view, set_view
from duplistat.services.people.sessions import (
    decide_sign_in,
    digest,
    end_other_sessions,
    end_session,
    touch_session,
    use_recovery,
)
from duplistat.services.people.unlock import create_recovery_code, unlock_user
from duplistat.services.people.users import (
    add_recoveries,
    add_recovery,
    change_user,
    register,
    remove_contact,
)
from duplistat.services.pings.keys import touch_ping_key
from duplistat.services.pings.record import record_ping
from duplistat.services.reports.alternating_names import keep_servers_apart
from duplistat.services.reports.events import record_event
from duplistat.services.reports.inbox import dismiss_unread, note_replay, replay_unread
from duplistat.services.reports.live import end_live, live
from duplistat.services.reports.record import record, record_all
from duplistat.services.reports.replay import replay, replay_event
from duplistat.services.reports.unread import keep_unread, prune_unread
from duplistat.services.servers.deletion import delete_server, delete_server_rows
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.renamed_jobs import join_jobs, keep_jobs_apart, unjoin_jobs
from duplistat.services.servers.settings import note_server_export, set_server
from duplistat.services.servers.unmerge import unmerge_servers
from tests.access.noted_alerts import OF_ALERTS
from tests.access.noted_mails import OF_MAILS
from tests.access.noted_pings import OF_PINGS
from tests.access.noted_world import (
    SECRET,
    SERVICE,
    Command,
    World,
    asked,
    choosing,
    configured,
    failed_restore,
    joined,
    locked_out,
    made_client,
    made_wall_link,
    merged,
    setting_up,
    shared,
    shared_view,
    signing_in,
    suspended,
    twin,
)
from tests.support.known import id_of

# Commands that programs, the clock and the background run, or that change nothing that anybody would ask about.
OF_MACHINES: set[Command] = {
    *(
        record,
        record_all,
        record_ping,
        live,
        end_live,
        record_mail,
        keep_unread,
        record_event,
        sweep,
        save_learned,
        sum_days,
        tick,
        give_some_back,
        release_lease,
        touch_key,
        touch_ping_key,
        touch_wall_link,
        note_look,
        take_token,
    ),
    *(
        issue_token,
        revoke_token,
        touch_session,
        task_queue.take_tasks,
        task_queue.release_tasks,
        task_queue.save_task_state,
        task_queue.end_task,
        task_queue.enqueue_collects,
        task_queue.note_agent_state,
    ),
    *(
        note_agent_job,
        note_agent_log,
        drop_agent_schedules,
        replay,
        replay_event,
        prune_runs,
        prune_table,
        prune_unread,
        delete_account_rows,
    ),
    *(
        request_scheduled_backup,
        take_background_task,
        hold_background_task,
        release_background_task,
        end_background_task,
        delete_job_rows,
        delete_server_rows,
        merge_step,
    ),
    set_preferences,
    *(
        import_servers,
        import_jobs,
        import_channels,
        import_ping_keys,
        import_runs,
        import_missed,
        settle_imported,
    ),
    *(routing.route, routing.close_gone, device_events.route_events, telling.put_notices),
    self_test.test_weekly,
    *(once.carry_out_once, once.carry_out_if, once.keep_answer),
    *(
        outbox.claim,
        outbox.finish,
        outbox.finish_and_claim,
        outbox.release,
        outbox.give_up,
        outbox.beat,
        broken.check_channels,
    ),
    recipients.number_recipients,
    digests.put_digest,
}


# Each command that people run: what to run it with, and what is noted then.
OF_PEOPLE: dict[Command, tuple[Callable[[World], dict[str, Any]], str]] = {
    create_account: (lambda w: {"name": "new", "parent": 1, "timezone": ""}, "account.create"),
    set_account: (
        lambda w: {"account": id_of(w.site.db, "acme"), "changes": {"timezone": "Europe/Berlin"}},
        "account.set",
    ),
    move_account: (lambda w: {"account": id_of(w.site.db, "acme"), "parent": None}, "account.move"),
    set_account_suspended: (
        lambda w: {"account": id_of(w.site.db, "acme"), "suspended": True},
        "account.suspend",
    ),
    note_account_export: (lambda w: {"account": id_of(w.site.db, "acme")}, "account.export"),
    delete_account: (lambda w: {"account": id_of(w.site.db, suspended(w))}, "account.delete_asked"),
    delete_accounts: (lambda w: {"accounts": asked(w)}, "account.delete"),
    create_key: (
        lambda w: {"account": 1, "name": "k", "scopes": ["read"], "expires_at": None},
        "key.create",
    ),
    import_key: (
        lambda w: {"account": 1, "name": "k", "scopes": ["read"], "expires_at": None, "key": SECRET},
        "key.import",
    ),
    rotate_key: (lambda w: {"account": 1, "name": "kept", "keep_ms": 0}, "key.rotate"),
    revoke_key: (lambda w: {"account": 1, "name": "kept"}, "key.revoke"),
    decide_sign_in: (signing_in, "user.sign_in"),
    end_session: (lambda w: {"hash": digest(w.cookie), "action": "user.sign_out"}, "user.sign_out"),
    end_other_sessions: (lambda w: {"user": _user(w, "ada@example.org"), "keep": ""}, "session.end"),
    create_first_admin: (setting_up, "user.set_up"),
    use_recovery: (
        lambda w: {
            "session": w.new_session(),
            "user": w.jo,
            "code": digest("code"),
            "password_hash": SECRET,
        },
        "user.reset_password",
    ),
    add_recovery: (lambda w: {"user": w.jo}, "user.recovery"),
    add_recoveries: (lambda w: {"email": "jo@example.org"}, "user.recovery"),
    choose_account: (choosing, "user.sign_in"),
    register: (
        lambda w: {
            "email": "n@example.org",
            "name": "New",
            "role": "admin",
            "parent": 1,
            "phones": {},
            "password_hash": SECRET,
        },
        "account.register",
    ),
    change_user: (lambda w: {"user": w.jo, "changes": {"password_hash": SECRET}}, "user.password"),
    create_person: (
        lambda w: {
            "account": 1,
            "email": "n@example.org",
            "name": "New",
            "role": "viewer",
            "password_hash": SECRET,
        },
        "user.create",
    ),
    set_person: (lambda w: {"user": w.jo, "changes": {"role": "viewer"}}, "user.set"),
    remove_person: (lambda w: {"user": w.kim}, "user.remove"),
    remove_contact: (lambda w: {"user": w.contact, "account": 1}, "contact.remove"),
    registry.add_service: (lambda w: {"account": 1, "values": SERVICE}, "service.add"),
    registry.change_service: (
        lambda w: {
            "account": 1,
            "contact": False,
            "service": w.service,
            "changes": {"agent_secret": SECRET * 2},
        },
        "service.set",
    ),
    create_client: (
        lambda w: {"account": 1, "name": "c", "scopes": ["partners_read"]},
        "client.create",
    ),
    create_wall_link: (lambda w: {"account": 1, "name": "hall", "hash": "00"}, "wall.create"),
    revoke_wall_link: (
        lambda w: {"link": made_wall_link(w), "account": 1, "name": "hall"},
        "wall.revoke",
    ),
    add_view: (
        lambda w: {"account": 1, "user": None, "name": "failed", "state": view_state({"state": "failed"})},
        "view.create",
    ),
    set_view: (lambda w: {"view": shared_view(w), "changes": {"name": "bad"}}, "view.set"),
    delete_view: (lambda w: {"view": shared_view(w)}, "view.delete"),
    revoke_client: (lambda w: {"client_id": made_client(w)}, "client.revoke"),
    set_overrides: (
        lambda w: {"changes": {"retention.runs_days": 30}, "subject": "retention"},
        "setting.set",
    ),
    registry.set_service_suspended: (lambda w: {"service": w.service, "suspended": True}, "service.suspend"),
    registry.set_service_maintenance: (
        lambda w: {"service": w.service, "until": w.site.now() + 3_600_000},
        "service.maintain",
    ),
    report_urls.make_report_url: (
        lambda w: {"service": w.service, "secret": SECRET, "hash": SECRET},
        "service.report_url",
    ),
    report_urls.rotate_report_url: (
        lambda w: {"service": w.service, "secret": SECRET, "hash": SECRET, "keep_ms": 0, "held": False},
        "service.rotate_report_url",
    ),
    restore_asked.request_look: (
        lambda w: {"file": "", "source": "/backups/a.db", "name": "a.db"},
        "database.restore_check",
    ),
    restore_asked.note_restore: (lambda w: {"name": "a.db"}, "database.restore"),
    ask_services: (
        lambda w: {"numbers": [w.service][: configured(w)], "sees": [1], "task": "collect"},
        "service.collect",
    ),
    remove_services: (lambda w: {"numbers": [w.service], "sees": [1]}, "service.cancel"),
    ask_all_services: (
        lambda w: {"sees": [1], "account": configured(w), "task": "probe"},
        "service.test",
    ),
    request_backup_or_check: (lambda w: {"kind": "backup"}, "database.backup"),
    set_job: (lambda w: {"job": w.job, "changes": {"paused": True}}, "job.set"),
    set_jobs: (lambda w: {"jobs": [w.job], "sees": [1], "changes": {"changes": {"paused": True}}}, "job.set"),
    set_schedules: (
        lambda w: {
            "wanted": [
                {
                    **{"job": job, "changes": {"paused": True}, "seen": [schedule, None, None, 0, None]},
                    **{"silence": None, "silenced": None},
                }
                for job, schedule in ((w.job, None), (w.job2, "daily 02:00"))
            ],
            "sees": [1],
        },
        "job.set",
    ),
    set_schedule: (
        lambda w: {"job": w.job, "changes": {"paused": True}, "silence": None, "sees": [1]},
        "job.set",
    ),
    note_job_export: (lambda w: {"job": w.job}, "job.export"),
    delete_job: (lambda w: {"job": w.job}, "job.delete"),
    set_server: (lambda w: {"server": w.servers[0], "changes": {"alias": "NAS"}}, "server.set"),
    note_server_export: (lambda w: {"server": w.servers[0]}, "server.export"),
    delete_server: (lambda w: {"server": w.servers[0]}, "server.delete"),
    merge_servers: (
        lambda w: {"sees": [1], "into": w.servers[0], "gone": w.servers[1]},
        "server.merge",
    ),
    unmerge_servers: (lambda w: {"sees": [1], "merge": merged(w)}, "server.unmerge"),
    join_jobs: (lambda w: {"sees": [1], "into": twin(w), "gone": w.job}, "job.join"),
    unjoin_jobs: (lambda w: {"sees": [1], "merge": joined(w)}, "job.unjoin"),
    keep_jobs_apart: (lambda w: {"sees": [1], "job": w.job, "other": twin(w)}, "job.keep"),
    dismiss_failure: (lambda w: {"job": w.job, "proofs": [failed_restore(w)]}, "job.dismiss"),
    unlock_user: (lambda w: {"user": locked_out(w)}, "user.unlock"),
    create_recovery_code: (lambda w: {"user": w.jo}, "user.recovery"),
    keep_servers_apart: (lambda w: {"server": shared(w), "dismiss": False}, "server.keep_apart"),
    dismiss_unread: (
        lambda w: {"sees": [1], "account": 1, "deliveries": [w.delivery], "back": False},
        "delivery.dismiss",
    ),
    request_import: (
        lambda w: {"account": 1, "program": "duplistatus", "file": "", "url": "", "dry_run": True},
        "import.begin",
    ),
    note_import: (lambda w: {"account": 1, "program": "duplistatus", "counts": {"runs": 2}}, "import.end"),
    note_replay: (lambda w: {"account": 1, "deliveries": [w.delivery]}, "delivery.replay"),
    replay_unread: (lambda w: {"account": 1}, "delivery.replay"),
    **OF_ALERTS,
    **OF_PINGS,
    **OF_MAILS,
}


# What is about no one thing.
OF_ALL = {request_backup_or_check, ask_all_services}


def _user(w: World, email: str) -> int:
    ((user,),) = w.site.db.rows("SELECT id FROM account_user WHERE email = ?", (email,))
    return int(user)
