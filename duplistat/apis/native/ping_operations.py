"""The OpenAPI document: pings and badges."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import ping_models as models
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

PING, BADGE = "/api/v1/jobs/{id}/ping", "/api/v1/jobs/{id}/badge"
PING_KEYS, BADGES = "/api/v1/ping-keys", "/api/v1/status-badges"
read = partial(operation.read, tag="Pings", scope=Scope.KEYS_ADMIN)
change = partial(operation.change, tag="Pings", scope=Scope.KEYS_ADMIN)
of_job = partial(operation.change, tag="Pings", about="job", scope=Scope.JOBS_WRITE)

PING_OPERATIONS = (
    operation.read(
        "getPing",
        PING,
        "Pings",
        "Where a job is pinged",
        models.Ping,
        about="job",
        scope=Scope.JOBS_WRITE,
        secret=True,
    ),
    of_job(
        "createPing",
        "post",
        PING,
        summary="Give a job a ping URL",
        body=Nothing,
        answer=models.Ping,
        description="Unless it has one.",
    ),
    of_job(
        "changePing",
        "patch",
        PING,
        summary="Change what pings of a job mean",
        body=models.PingSettingsChanges,
        answer=models.Ping,
    ),
    of_job(
        "rotatePing",
        "post",
        f"{PING}/rotate",
        summary="Rotate the ping URL of a job",
        body=models.PingRotation,
        answer=models.Ping,
        description="The one before stays valid for some hours.",
    ),
    of_job(
        "revokePing", "delete", PING, summary="Revoke the ping URL of a job", body=Nothing, answer=models.Ping
    ),
    of_job(
        "createBadgeOfJob",
        "post",
        BADGE,
        summary="Make a badge of a job",
        body=Nothing,
        answer=models.Badge,
        description="Unless it has one.",
    ),
    of_job(
        "revokeBadgeOfJob",
        "delete",
        BADGE,
        summary="Revoke the badge of a job",
        body=Nothing,
        answer=None,
        status=204,
    ),
    read(
        "listPingKeys",
        PING_KEYS,
        summary="Ping keys, by id",
        answer=models.PingKeyList,
        query=ByIdQuery,
        description="Without the keys.",
    ),
    read(
        "getPingKey",
        f"{PING_KEYS}/{{id}}",
        summary="One ping key, with the key",
        answer=models.PingKeyDetail,
        about="ping key",
        secret=True,
    ),
    change(
        "createPingKey",
        "post",
        PING_KEYS,
        summary="Create a ping key",
        body=models.NewPingKey,
        answer=models.PingKeyDetail,
        status=201,
    ),
    change(
        "rotatePingKey",
        "post",
        f"{PING_KEYS}/{{id}}/rotate",
        summary="Rotate a ping key",
        body=Nothing,
        answer=models.PingKeyDetail,
        about="ping key",
        description="The old one is refused at once.",
    ),
    change(
        "revokePingKey",
        "delete",
        f"{PING_KEYS}/{{id}}",
        summary="Revoke a ping key",
        body=Nothing,
        answer=None,
        about="ping key",
        status=204,
    ),
    read(
        "listBadges", BADGES, summary="Badges, by id", answer=models.BadgeList, query=ByIdQuery, secret=True
    ),
    read(
        "getBadge", f"{BADGES}/{{id}}", summary="One badge", answer=models.Badge, about="badge", secret=True
    ),
    change(
        "createBadge",
        "post",
        BADGES,
        summary="Make a badge of an account or of a tag",
        body=models.NewBadge,
        answer=models.Badge,
        status=201,
        description="Unless there is one.",
    ),
    change(
        "revokeBadge",
        "delete",
        f"{BADGES}/{{id}}",
        summary="Revoke a badge",
        body=Nothing,
        answer=None,
        about="badge",
        status=204,
    ),
)
