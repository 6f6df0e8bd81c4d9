"""Settings of the whole server as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import Name, Sent
from duplistat.apis.native.values import Count, Cursor, Shape, Time
from duplistat.core.text import clean

MOST_DAYS = 36_500
MOST_MINUTES = 7 * 1440
MOST_NETWORKS = 500
MOST_LOCATION = 2**31 - 1
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]
Network = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(clean)]
Networks = Annotated[list[Network], Field(max_length=MOST_NETWORKS)]
LocationId = Annotated[int, Field(ge=1, le=MOST_LOCATION, json_schema_extra={"format": "int64"})]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(max_length=500), AfterValidator(clean)]
FOREVER = "Days; 0 for ever"
DEFAULT = "null goes back to the default"
FIXED = "Names of those that the configuration file, the environment or the command line sets: they cannot be set here"


class Retention(Shape):
    """For how many days things are kept."""

    runs_days: Count = Field(description=f"Runs and their logs. {FOREVER}", examples=[730])
    deliveries_days: Count = Field(description=f"Raw reports. {FOREVER}", examples=[90])
    events_days: Count = Field(description=f"Events and status history. {FOREVER}", examples=[365])
    audit_days: Count = Field(description=f"Audit log. {FOREVER}", examples=[730])
    fixed: list[str] = Field(description=FIXED, examples=[[]])


class RetentionChanges(Sent):
    """What changes about retention: what is left out stays. What is older then is deleted within hours."""

    runs_days: Days | None = Field(
        None, description=f"Runs and their logs. {FOREVER}; {DEFAULT}", examples=[365]
    )
    deliveries_days: Days | None = Field(
        None, description=f"Raw reports. {FOREVER}; {DEFAULT}", examples=[30]
    )
    events_days: Days | None = Field(
        None, description=f"Events and status history. {FOREVER}; {DEFAULT}", examples=[365]
    )
    audit_days: Days | None = Field(None, description=f"Audit log. {FOREVER}; {DEFAULT}", examples=[730])


class Connections(Shape):
    """How Duplicati servers are called."""

    collect_minutes: Count = Field(
        description="How often data are collected, minutes; 0 for never", examples=[15]
    )
    deny: list[str] = Field(description="Networks in which nothing is called", examples=[["169.254.0.0/16"]])
    allow: list[str] = Field(description="Networks in which it is all the same", examples=[[]])
    fixed: list[str] = Field(description=FIXED, examples=[[]])


class ConnectionsChanges(Sent):
    """What changes about how Duplicati servers are called: what is left out stays."""

    collect_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] | None = Field(
        None, description=f"How often data are collected, minutes; 0 for never; {DEFAULT}", examples=[15]
    )
    deny: Networks | None = Field(
        None, description=f"Networks in which nothing is called; {DEFAULT}", examples=[["10.0.0.0/8"]]
    )
    allow: Networks | None = Field(
        None, description=f"Networks in which it is all the same; {DEFAULT}", examples=[["10.1.2.0/24"]]
    )


class Location(Shape):
    """Where Duplicati connections store their backups, as /api.php returns it."""

    id: Count = Field(description="Number of the location; never another one", examples=[527])
    name: str = Field(description="Its name", examples=["Frankfurt"])
    url: str = Field(description="Its address; empty for none", examples=["https://backup.example.com"])
    hostname: str = Field(description="Its host; empty for none", examples=["backup.example.com"])
    ip: str = Field(description="Its IP address; empty for none", examples=[""])
    http_port: int = Field(description="Its port for HTTP", examples=[80])
    https_port: int = Field(description="Its port for HTTPS", examples=[443])
    special: bool = Field(description="Whether /api.php calls it special", examples=[False])
    services: Count = Field(description="How many Duplicati connections store there", examples=[3])


class LocationList(Shape):
    """All storage locations."""

    locations: list[Location] = Field(description="All of them")
    next_cursor: Cursor


class LocationChanges(Sent):
    """What changes about a storage location: what is left out stays."""

    name: Name = Field("", description="Its name", examples=["Frankfurt"])
    url: Text = Field("", description="Its address; empty for none", examples=["https://backup.example.com"])
    hostname: Text = Field("", description="Its host; empty for none", examples=["backup.example.com"])
    ip: Text = Field("", description="Its IP address; empty for none", examples=["192.0.2.7"])
    http_port: Port = Field(80, description="Its port for HTTP", examples=[80])
    https_port: Port = Field(443, description="Its port for HTTPS", examples=[443])
    special: bool = Field(False, description="Whether /api.php calls it special", examples=[False])


class NewLocation(LocationChanges):
    """A storage location to create."""

    id: LocationId = Field(description="Number of the location, which no other one has", examples=[600])
    name: Name = Field(description="Its name", examples=["Frankfurt"])


class BackgroundTask(Shape):
    """How something stands that is done in the background."""

    state: Literal["under_way", "done", "failed"] = Field(description="How it stands", examples=["done"])
    asked_at: Time = Field(description="When it was asked for", examples=["2026-01-28T12:00:00.000Z"])
    ended_at: Time | None = Field(description="When it ended", examples=["2026-01-28T12:00:03.000Z"])
    problem: str | None = Field(
        description="Why it failed, or what was found; null for nothing", examples=[None]
    )


class Database(Shape):
    """The database of this server: what was last done with it."""

    engine: Literal["sqlite", "postgresql"] = Field(description="Which one it is", examples=["sqlite"])
    backup: BackgroundTask | None = Field(description="The latest backup for download; null for none")
    check: BackgroundTask | None = Field(description="The latest check; null for none")
