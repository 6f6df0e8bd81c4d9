"""Duplicati connections as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import NOT_BLANK, GivenId, Sent
from duplistat.apis.native.server_models import JobName
from duplistat.apis.native.silence_models import GivenTime
from duplistat.apis.native.values import Count, Cursor, Id, Shape, Time
from duplistat.core.agent_address import LONGEST_HOST
from duplistat.core.text import NAME_LIMIT, clean

LONGEST_PASSWORD = 1000
MOST_JOBS = 500
MOST_HOURS = 24 * 366
ServiceName = Annotated[
    str, Field(min_length=1, max_length=NAME_LIMIT, pattern=NOT_BLANK), AfterValidator(clean)
]
Address = Annotated[str, Field(min_length=1, max_length=LONGEST_HOST + 60), AfterValidator(clean)]
Password = Annotated[str, Field(max_length=LONGEST_PASSWORD)]
Fingerprint = Annotated[str, Field(max_length=200), AfterValidator(clean)]
URL = "Where Duplicati answers, without a path; without a port it is 8200, or that of its scheme"


class Service(Shape):
    """A Duplicati server that is called. Its password is never read again."""

    id: Id = Field(description="Id of the connection", examples=[1])
    number: str = Field(description="What people and commands call it by", examples=["S10001"])
    name: str = Field(description="Name of the server, as its reports have it", examples=["nas"])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    host: str = Field(description="Host name or IP address", examples=["10.0.0.5"])
    port: int = Field(description="TCP port", examples=[8200])
    fingerprint: str | None = Field(
        description="SHA-256 of the only certificate that is accepted; null for any that is trusted",
        examples=[None],
    )
    has_password: bool = Field(description="Whether a password is stored", examples=[True])
    location_id: Id = Field(description="Id of the storage location", examples=[1])
    state: Literal[
        "removed", "suspended", "maintenance", "not_configured", "unreachable", "untried", "reachable"
    ] = Field(description="How it is", examples=["reachable"])
    problem: str | None = Field(
        description="Why it is not reachable, or why a job failed that was started here; null for neither",
        examples=[None],
    )
    problem_at: Time | None = Field(description="When that was last so; null for no problem", examples=[None])
    answered_at: Time | None = Field(
        description="When it was last reached", examples=["2026-01-28T12:00:00.000Z"]
    )
    collected_at: Time | None = Field(
        description="When data were last collected; null for never", examples=["2026-01-28T12:00:00.000Z"]
    )
    collect_tried_at: Time | None = Field(
        description="When that was last tried, whether or not it could be reached; null for never",
        examples=["2026-01-28T12:00:00.000Z"],
    )
    maintenance_until: Time | None = Field(
        description="Until when nobody changes or starts it; null for not", examples=[None]
    )
    job_count: Count = Field(description="How many jobs it has", examples=[2])
    facts: dict[str, str] = Field(
        description="What it reported about itself, such as `agent_version`",
        examples=[{"agent_version": "2.2.0.3"}],
    )
    waiting: list[Literal["probe", "run", "follow", "collect"]] = Field(
        description="What is to be done with it in the background: `probe` (a test), `run` (jobs are started),"
        " `follow` (jobs run), `collect`",
        examples=[["probe"]],
    )
    created_at: Time = Field(description="When it was added", examples=["2026-01-28T12:00:00.000Z"])


class ServiceList(Shape):
    """A page of Duplicati connections, newest first."""

    services: list[Service] = Field(description="At most `limit`")
    next_cursor: Cursor


class ReportUrl(Shape):
    """Where the reports of a Duplicati connection are sent to. It holds a secret."""

    url: str = Field(
        description="The URL", examples=["http://HOST:9666/api/upload?service=S10001&secret=dr_…"]
    )
    made_at: Time = Field(description="When it was made", examples=["2026-01-28T12:00:00.000Z"])
    old_until: Time | None = Field(
        description="Until when the one before stays valid; null where there is none", examples=[None]
    )


class Asked(Shape):
    """How many Duplicati connections are asked."""

    services: Count = Field(description="How many", examples=[3])


class NewService(Sent):
    """A Duplicati server to call."""

    name: ServiceName = Field(
        description="Name of the server, as its reports should have it", examples=["nas"]
    )
    url: Address = Field(description=URL, examples=["https://10.0.0.5:8200"])
    password: Password = Field("", description="Its password; never read again", examples=["correct horse"])
    fingerprint: Fingerprint = Field(
        "",
        description="SHA-256 of its certificate, if nobody known signed that; empty for none",
        examples=[""],
    )
    location_id: GivenId | None = Field(
        None, description="Id of the storage location; null for the first one", examples=[None]
    )
    account_id: GivenId | None = Field(
        None, description="Account that owns it; null for that of the key", examples=[None]
    )


class ServiceSettingsChanges(Sent):
    """What changes about a Duplicati connection: what is left out stays, but another address forgets the password."""

    name: ServiceName = Field("", description="Name of the server", examples=["nas"])
    url: Address = Field("", description=URL, examples=["https://10.0.0.5:8200"])
    password: Password = Field("", description="Its password; empty removes it", examples=["correct horse"])
    fingerprint: Fingerprint = Field(
        "", description="SHA-256 of its certificate; empty for any that is trusted", examples=[""]
    )
    location_id: GivenId = Field(1, description="Id of the storage location", examples=[1])


class StartJobs(Sent):
    """Which jobs are to be started."""

    jobs: Annotated[list[JobName], Field(max_length=MOST_JOBS)] = Field(
        [], description="Names of jobs; none for all", examples=[["Documents"]]
    )


class Maintenance(Sent):
    """Until when nobody changes or starts it."""

    until: GivenTime = Field(description="When that ends", examples=["2026-01-28T16:00:00Z"])


class NewReportUrl(Sent):
    """Another report URL."""

    keep_hours: Annotated[int, Field(ge=0, le=MOST_HOURS)] = Field(
        24, description="For how many hours the one before stays valid", examples=[24]
    )
