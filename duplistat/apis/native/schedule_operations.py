"""The OpenAPI document: the schedules of all jobs."""

from duplistat.apis.native import schedule_models as models
from duplistat.apis.native.operation import Operation, change, read
from duplistat.apis.native.parameters import Query, ScheduleQuery
from duplistat.services.access.api_keys import Scope

SCHEDULE_OPERATIONS = (
    read(
        "listSchedules",
        "/api/v1/schedules",
        "Jobs",
        "Schedules of jobs, by id",
        models.ScheduleList,
        query=ScheduleQuery,
        description="When each is expected, when it would be overdue, and who would be alerted. Those in the archive"
        " are left out. A page may be shorter than `limit`, or empty, although there is a next one.",
    ),
    Operation(
        "getSchedulesFile",
        "get",
        "/api/v1/schedules.csv",
        "Jobs",
        "Schedules of all jobs as CSV",
        None,
        description="To be edited, and sent back with `importSchedules`.",
        query=Query,
        file="text/csv",
    ),
    change(
        "importSchedules",
        "post",
        "/api/v1/schedules/import",
        "Jobs",
        "Set schedules and silences of jobs from CSV",
        models.ScheduleFile,
        models.ScheduleImport,
        description="Line by line: what changes, and what is wrong. Nothing is changed unless `dry_run` is false; lines"
        " that are wrong change nothing. Jobs are set 50 at a time. Lines that set or end a silence are wrong unless"
        " the key has the scope `alerts:write` as well.",
        scope=Scope.JOBS_WRITE,
    ),
)
