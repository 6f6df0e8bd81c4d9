"""The OpenAPI document: saved views."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import view_models as models
from duplistat.apis.native.parameters import ByIdQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

VIEWS, VIEW = "/api/v1/views", "/api/v1/views/{id}"
read = partial(operation.read, tag="Saved views")
change = partial(operation.change, tag="Saved views", scope=Scope.JOBS_WRITE)
of_one = partial(change, about="view")

VIEW_OPERATIONS = (
    read(
        "listViews",
        VIEWS,
        summary="Saved views, by id",
        answer=models.ViewList,
        query=ByIdQuery,
        description="Those that accounts share. What people save for themselves is theirs alone.",
    ),
    read("getView", VIEW, summary="One saved view", answer=models.View, about="view"),
    change(
        "createView",
        "post",
        VIEWS,
        summary="Create a saved view",
        body=models.NewView,
        answer=models.View,
        status=201,
        description="Shared within its account. What is left out is as on an overview of which nothing was chosen.",
    ),
    of_one(
        "changeView",
        "patch",
        VIEW,
        summary="Change a saved view",
        body=models.SavedViewChanges,
        answer=models.View,
        description="For all who see it.",
    ),
    of_one(
        "deleteView",
        "delete",
        VIEW,
        summary="Delete a saved view",
        body=Nothing,
        answer=None,
        status=204,
        description="For all who see it.",
    ),
)
