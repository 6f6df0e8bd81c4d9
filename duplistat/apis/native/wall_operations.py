"""The OpenAPI document: links to the wall display."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import wall_models as models
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

LINKS = "/api/v1/wall-links"
change = partial(operation.change, tag="Wall display", scope=Scope.KEYS_ADMIN)

WALL_OPERATIONS = (
    operation.read(
        "listWallLinks",
        LINKS,
        "Wall display",
        "Links to the wall display, by id",
        models.WallLinkList,
        query=ByIdQuery,
        description="Without their addresses.",
        scope=Scope.KEYS_ADMIN,
    ),
    change(
        "createWallLink",
        "post",
        LINKS,
        summary="Create a link to the wall display",
        body=models.NewWallLink,
        answer=models.WallLinkMade,
        status=201,
        description="Its address is shown once: only a hash of it is stored.",
    ),
    change(
        "revokeWallLink",
        "delete",
        f"{LINKS}/{{id}}",
        summary="Revoke a link to the wall display",
        body=Nothing,
        answer=None,
        about="wall link",
        status=204,
        description="Screens that show it stop within a minute.",
    ),
)
