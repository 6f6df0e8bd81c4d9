"""The OpenAPI document: changes of servers."""

from functools import partial

from duplistat.apis.native import server_models as models
from duplistat.apis.native.exports import KIND
from duplistat.apis.native.job_models import Begun, MergeToUndo
from duplistat.apis.native.operation import change
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.server_models import ServerDetail
from duplistat.apis.native.service_models import Service
from duplistat.services.access.api_keys import Scope

SERVER = "/api/v1/servers/{id}"
administer = partial(change, tag="Servers", about="server", scope=Scope.SERVERS_ADMIN)
of_agent = partial(change, tag="Servers", about="server", scope=Scope.SERVICES_WRITE, answer=Service)

SERVER_OPERATIONS = (
    change(
        "changeServer",
        "patch",
        SERVER,
        "Servers",
        "Change a server",
        models.ServerSettingsChanges,
        ServerDetail,
        about="server",
        scope=Scope.SERVERS_WRITE,
        description="Alias, group and notes.",
    ),
    of_agent(
        "collectFromServer",
        "post",
        f"{SERVER}/collect",
        summary="Collect from the agent of a server",
        body=Nothing,
        description="In the background. The answer is its Duplicati connection.",
    ),
    of_agent(
        "startJobOfServer",
        "post",
        f"{SERVER}/start",
        summary="Start a job of a server's agent, or all",
        body=models.StartJob,
        description="In the background. The answer is its Duplicati connection.",
    ),
    administer(
        "archiveServer",
        "post",
        f"{SERVER}/archive",
        summary="Put a server into the archive",
        body=Nothing,
        answer=ServerDetail,
        description="With all its jobs, which are then never overdue. A later report restores them.",
    ),
    administer(
        "bringServerBack",
        "post",
        f"{SERVER}/bring-back",
        summary="Bring a server back from the archive",
        body=Nothing,
        answer=ServerDetail,
    ),
    administer(
        "keepServersApart",
        "post",
        f"{SERVER}/keep-apart",
        summary="Tell machines apart that share a machine id, or say that they are one",
        body=models.KeepApart,
        answer=ServerDetail,
        description="Where `names_state` is `shared`.",
    ),
    administer(
        "mergeServers",
        "post",
        f"{SERVER}/merge",
        summary="Merge another server into this one",
        body=models.OtherServer,
        answer=ServerDetail,
        description="From then on reports under either identity are this one's. A long history moves on in the"
        " background: `merged` says so.",
    ),
    administer(
        "unmergeServers",
        "post",
        f"{SERVER}/unmerge",
        summary="Undo a merge into a server",
        body=MergeToUndo,
        answer=ServerDetail,
        description="Within 30 days. The answer is the server that stayed.",
    ),
    administer(
        "deleteServer",
        "delete",
        SERVER,
        summary="Delete a server",
        body=Nothing,
        answer=Begun,
        status=202,
        description="With all its jobs and runs, in the background. A later report creates it again.",
    ),
    administer(
        "exportServer",
        "post",
        f"{SERVER}/export",
        summary="Export a server",
        body=Nothing,
        answer=None,
        file=KIND,
        description="All that it has, line by line; it is noted who took it.",
    ),
)
