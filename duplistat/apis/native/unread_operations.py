"""The OpenAPI document: unrecognised reports."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import unread_models as models
from duplistat.apis.native.parameters import UnreadQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

ALL, ONE = "/api/v1/unrecognised", "/api/v1/unrecognised/{id}"
TAG = "Unrecognised reports"
read = partial(operation.read, tag=TAG, scope=Scope.REPORTS_WRITE)
change = partial(operation.change, tag=TAG, body=Nothing, scope=Scope.REPORTS_WRITE)
of_one = partial(change, about="report", answer=models.Unread)

UNREAD_OPERATIONS = (
    read(
        "listUnrecognised",
        ALL,
        summary="Unrecognised reports, newest first",
        answer=models.UnreadList,
        query=UnreadQuery,
    ),
    read(
        "getUnrecognised",
        ONE,
        summary="One unrecognised report",
        answer=models.Unread,
        about="report",
        description="Without its body.",
    ),
    of_one("dismissReport", "post", f"{ONE}/dismiss", summary="Dismiss an unrecognised report"),
    of_one("reopenReport", "post", f"{ONE}/reopen", summary="Reopen a report that was dismissed"),
    of_one(
        "replayReport",
        "post",
        f"{ONE}/replay",
        summary="Reprocess a report",
        description="`state` says what came of it.",
    ),
    change(
        "replayReports",
        "post",
        f"{ALL}/replay",
        summary="Reprocess all unrecognised reports",
        answer=models.Reprocessing,
        status=202,
        description="Of the account of the key and those below it, in the background.",
    ),
)
