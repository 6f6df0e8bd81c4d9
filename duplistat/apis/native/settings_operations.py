"""The OpenAPI document: settings of the whole server."""

from functools import partial

from duplistat.apis.native import operation
from duplistat.apis.native import settings_models as models
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

SETTINGS, DATABASE = "/api/v1/settings", "/api/v1/database"
LOCATIONS, LOCATION = f"{SETTINGS}/locations", f"{SETTINGS}/locations/{{id}}"
MAIN = "With a key of the account `main`."
read = partial(operation.read, tag="Settings", scope=Scope.SETTINGS_ADMIN, description=MAIN)
change = partial(operation.change, tag="Settings", scope=Scope.SETTINGS_ADMIN)

SETTINGS_OPERATIONS = (
    read(
        "getRetention",
        f"{SETTINGS}/retention",
        summary="For how long things are kept",
        answer=models.Retention,
    ),
    change(
        "changeRetention",
        "patch",
        f"{SETTINGS}/retention",
        summary="Change for how long things are kept",
        body=models.RetentionChanges,
        versioned="retention",
        answer=models.Retention,
        description=f"What is older is deleted within hours, without another question. {MAIN}",
    ),
    read(
        "getConnections",
        f"{SETTINGS}/connections",
        summary="How Duplicati servers are called",
        answer=models.Connections,
    ),
    change(
        "changeConnections",
        "patch",
        f"{SETTINGS}/connections",
        summary="Change how Duplicati servers are called",
        body=models.ConnectionsChanges,
        versioned="connections",
        answer=models.Connections,
        description=MAIN,
    ),
    read("listLocations", LOCATIONS, summary="Storage locations", answer=models.LocationList),
    read("getLocation", LOCATION, summary="One storage location", answer=models.Location, about="location"),
    change(
        "createLocation",
        "post",
        LOCATIONS,
        summary="Create a storage location",
        body=models.NewLocation,
        answer=models.Location,
        status=201,
        description=MAIN,
    ),
    change(
        "changeLocation",
        "patch",
        LOCATION,
        summary="Change a storage location",
        body=models.LocationChanges,
        answer=models.Location,
        about="location",
        description=f"Of two changes at once one is refused. {MAIN}",
    ),
    change(
        "removeLocation",
        "delete",
        LOCATION,
        summary="Remove a storage location",
        body=Nothing,
        answer=None,
        about="location",
        status=204,
        description=f"One at least stays. {MAIN}",
    ),
    read(
        "getDatabase",
        DATABASE,
        summary="What was last done with the database",
        answer=models.Database,
    ),
    change(
        "backUpDatabase",
        "post",
        f"{DATABASE}/backup",
        summary="Create a backup of the database",
        body=Nothing,
        answer=models.Database,
        status=202,
        description=f"In the background, on SQLite; it is downloaded on the page. {MAIN}",
    ),
    change(
        "checkDatabase",
        "post",
        f"{DATABASE}/check",
        summary="Check the database",
        body=Nothing,
        answer=models.Database,
        status=202,
        description=f"In the background, on SQLite. {MAIN}",
    ),
)
