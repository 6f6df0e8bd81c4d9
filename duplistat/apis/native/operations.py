"""The OpenAPI document: each address: one row each, in the order in which it is read."""

from duplistat.apis.native import expectation_models, models, neighbours, run_models
from duplistat.apis.native.account_operations import ACCOUNT_OPERATIONS
from duplistat.apis.native.alert_operations import ALERT_OPERATIONS
from duplistat.apis.native.bulk_operations import BULK_OPERATIONS
from duplistat.apis.native.digest_operations import DIGEST_OPERATIONS
from duplistat.apis.native.import_operations import IMPORT_OPERATIONS
from duplistat.apis.native.job_models import JobDetail
from duplistat.apis.native.job_operations import JOB_OPERATIONS
from duplistat.apis.native.key_operations import KEY_OPERATIONS
from duplistat.apis.native.mail_operations import MAIL_OPERATIONS
from duplistat.apis.native.operation import Key, Operation, read
from duplistat.apis.native.parameters import EventQuery, JobQuery, LogQuery, RunQuery, ServerQuery
from duplistat.apis.native.ping_operations import PING_OPERATIONS
from duplistat.apis.native.schedule_operations import SCHEDULE_OPERATIONS
from duplistat.apis.native.server_models import ServerDetail
from duplistat.apis.native.server_operations import SERVER_OPERATIONS
from duplistat.apis.native.service_operations import SERVICE_OPERATIONS
from duplistat.apis.native.settings_operations import SETTINGS_OPERATIONS
from duplistat.apis.native.several_services import SEVERAL_OPERATIONS
from duplistat.apis.native.unread_operations import UNREAD_OPERATIONS
from duplistat.apis.native.user_operations import USER_OPERATIONS
from duplistat.apis.native.view_operations import VIEW_OPERATIONS
from duplistat.apis.native.wall_operations import WALL_OPERATIONS
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.intake import INGEST_BACKUP, INGEST_NOTIFICATION

TAGS = {
    "Servers": "Machines that back something up.",
    "Jobs": "Backup tasks: how each is, and why.",
    "Runs": "What ran, how it ended, what it counted, and its log.",
    "Events": "What devices said besides the results of their runs.",
    "Problems": "What is wrong, from when it began until it is over.",
    "Channels": "Where messages go.",
    "Rules": "Who is alerted about what, and when.",
    "Notices": "Messages that have to go out, and what became of them.",
    "Silences": "Times in which nobody is told.",
    "Saved views": "The overview as somebody wants to see it: which jobs, in which order, with which columns.",
    "Digests": "Summaries that go out by the clock, also when all is OK.",
    "Evidence": "What was expected and what came, over any time, signed.",
    "Duplicati connections": "Duplicati servers that are called.",
    "Unrecognised reports": "What came and could not be read: somebody decides.",
    "API keys": "What programs may do; and OAuth clients, which read the partner report.",
    "Pings": "Where jobs are pinged, and badges that show how they are.",
    "Wall display": "Links that show how jobs are, on a screen where nobody signs in.",
    "Mail": "Addresses that take mails in, and what mails mean.",
    "Users": "Who signs in.",
    "Accounts": "Whose all of this is: a tree.",
    "Imports": "Servers, jobs and history of other programs.",
    "Settings": "What is of the whole server: with a key of the account `main`.",
    "Reporting": "For scripts: report how a backup ended, or an event.",
    "This server": "Counts for displays, and whether the server itself is well.",
}

SHORT = (
    "A page may be shorter than `limit`, or empty, although there is a next one: a filter looks at so many rows for"
    " each page and no more. The end is where `next_cursor` is null."
)


OPERATIONS = (
    read(
        "listServers",
        "/api/v1/servers",
        "Servers",
        "Servers, by id",
        models.ServerList,
        query=ServerQuery,
        description="With their jobs counted by health as of now.",
    ),
    read(
        "getServer",
        "/api/v1/servers/{id}",
        "Servers",
        "One server",
        ServerDetail,
        about="server",
        description="As in the list, with all that people set on it.",
    ),
    *SERVER_OPERATIONS,
    read(
        "listJobs",
        "/api/v1/jobs",
        "Jobs",
        "Jobs, by id",
        models.JobList,
        query=JobQuery,
        description=f"Health is judged when they are asked for. {SHORT}",
    ),
    read(
        "getJob",
        "/api/v1/jobs/{id}",
        "Jobs",
        "One job",
        JobDetail,
        about="job",
        description="As in the list, with all that people set on it.",
    ),
    read(
        "getJobExpectation",
        "/api/v1/jobs/{id}/expectation",
        "Jobs",
        "When a job runs, and how that is known",
        expectation_models.Expectation,
        about="job",
        description="With the evidence: what its runs show, how often and how late they come, and its last alarms.",
    ),
    *JOB_OPERATIONS,
    *BULK_OPERATIONS,
    *SCHEDULE_OPERATIONS,
    read(
        "listRuns",
        "/api/v1/runs",
        "Runs",
        "Runs, newest first",
        run_models.RunList,
        query=RunQuery,
        description=f"Runs that arrive meanwhile do not shift the pages after. {SHORT}",
    ),
    read(
        "getRun",
        "/api/v1/runs/{id}",
        "Runs",
        "One run",
        run_models.RunDetail,
        about="run",
        description="As in the list, with the ids of its raw reports (deliveries).",
    ),
    read(
        "getRunLog",
        "/api/v1/runs/{id}/log",
        "Runs",
        "The log of a run",
        run_models.Log,
        query=LogQuery,
        about="run",
        description="In its own order. A run without a log has no lines.",
    ),
    read(
        "listEvents",
        "/api/v1/events",
        "Events",
        "Events, newest first",
        run_models.EventList,
        query=EventQuery,
        description=f"Events that arrive meanwhile do not shift the pages after. {SHORT}",
    ),
    read(
        "getEvent",
        "/api/v1/events/{id}",
        "Events",
        "One event",
        run_models.EventDetail,
        about="event",
        description="As in the list, with the ids of its raw reports (deliveries).",
    ),
    *ALERT_OPERATIONS,
    *VIEW_OPERATIONS,
    *DIGEST_OPERATIONS,
    *SERVICE_OPERATIONS,
    *SEVERAL_OPERATIONS,
    *UNREAD_OPERATIONS,
    *KEY_OPERATIONS,
    *PING_OPERATIONS,
    *WALL_OPERATIONS,
    *MAIL_OPERATIONS,
    *USER_OPERATIONS,
    *ACCOUNT_OPERATIONS,
    *IMPORT_OPERATIONS,
    *SETTINGS_OPERATIONS,
    Operation(
        "postBackup",
        "post",
        INGEST_BACKUP,
        "Reporting",
        "Tell how a backup ended",
        neighbours.BackupRecorded,
        description="One time of one job is one run: the same again changes nothing, another status is its next"
        " state. The answer comes when it is safe on disk.",
        body=neighbours.BackupPost,
        status=201,
        scope=Scope.INGEST,
    ),
    Operation(
        "postNotification",
        "post",
        INGEST_NOTIFICATION,
        "Reporting",
        "Tell that something happened",
        neighbours.NotificationRecorded,
        description="The same notification twice is one event. The answer comes when it is safe on disk.",
        body=neighbours.NotificationPost,
        status=201,
        scope=Scope.INGEST,
    ),
    Operation(
        "getCounts",
        "get",
        "/api/integration/counts",
        "This server",
        "How many jobs are in which state",
        neighbours.Counts,
        description="For displays. Being overdue changes no count; paused jobs count nowhere.",
    ),
    Operation(
        "getHealth",
        "get",
        "/api/health",
        "This server",
        "Whether the server itself is well",
        neighbours.ServerHealth,
        description="For probes. A key is asked for only with `[api] require_key`. Prometheus, known by its `Accept`"
        " header, gets metrics as text instead.",
        key=Key.OPTIONAL,
        unwell=neighbours.ServerHealth,
    ),
    Operation(
        "ping",
        "get",
        "/api/ping",
        "This server",
        "Whether the process answers",
        neighbours.Pong,
        description="The database is not asked.",
        scope=None,
        key=Key.UNREAD,
    ),
)
