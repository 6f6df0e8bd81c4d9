"""Shapes that only our document has: errors, what scripts post, counts, and how the server itself is."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from duplistat.apis.native.values import Bytes, Count, Id, Shape, Time
from duplistat.core.event import Severity

# What is only blanks is nothing, and a clock that says 1970 is not set.
NOT_BLANK: JsonDict = {"pattern": r"\S"}
SetTime = Annotated[
    str,
    Field(json_schema_extra={"format": "date-time", "pattern": r"^(197[1-9]|19[89]\d|[2-9]\d{3})-"}),
]

WithUnits = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^(\d{1,4}h(\d{1,4}m)?|\d{1,6}[ms]|PT\d{1,4}H(\d{1,4}M)?)$"}),
]


class Detail(Shape):
    """One thing that is wrong with a request."""

    field: str = Field(description="Which parameter, or which field of the body", examples=["limit"])
    problem: str = Field(description="What is wrong with it", examples=["must be at most 200"])


class Error(Shape):
    """Why a request was not answered as it should have been."""

    status: Literal["error"] = Field(description="Always `error`", examples=["error"])
    error: str = Field(description="Its kind, for programs", examples=["ValidationError"])
    message: str = Field(description="The same in words", examples=["limit must be at most 200"])
    details: list[Detail] = Field(default=[], description="All that is wrong, one by one, where that helps")


class ProblemDetails(Shape):
    """Why a change was not made (RFC 9457)."""

    type: Literal["about:blank"] = Field(
        description="Always `about:blank`: the status says it", examples=["about:blank"]
    )
    title: str = Field(description="The status in words", examples=["Bad Request"])
    status: int = Field(description="The status", examples=[400])
    detail: str = Field(description="What is wrong, in words", examples=["name is required"])
    error: str = Field(description="Its kind, for programs", examples=["ValidationError"])
    details: list[Detail] = Field(default=[], description="All that is wrong, one by one, where that helps")


class BackupPost(Shape):
    """How a backup ended. Unknown fields are ignored, and null is the same as none."""

    deviceName: str = Field(
        description="Machine that was backed up", examples=["web-01"], json_schema_extra=NOT_BLANK
    )
    jobName: str = Field(description="Which backup of it", examples=["nightly"], json_schema_extra=NOT_BLANK)
    timestamp: SetTime = Field(
        description="When it ran: ISO 8601 with an offset",
        examples=["2026-01-28T02:00:00+01:00"],
    )
    status: str = Field(
        description="`Success`, `Warning`, `Error`, in any case. `OK`, `Failed`, `Fatal`, `Running` and the like are"
        " understood; any other word is kept, and is neither success nor failure",
        examples=["Success"],
        json_schema_extra=NOT_BLANK,
    )
    message: str = Field(
        description="What happened, in a line; further lines go to the log",
        examples=["Backup completed. 142 GB transferred."],
        json_schema_extra=NOT_BLANK,
    )
    sender: str | None = Field(
        None, description="Which script sends it; defaults to `unknown@ingest`", examples=["script-web-01"]
    )
    files: Count | None = Field(None, ge=0, le=2**63 - 1, description="Files in the backup", examples=[1250])
    size: Bytes | None = Field(
        None, ge=0, le=2**63 - 1, description="Size of the source, bytes", examples=[1_073_741_824]
    )
    storageUsed: Bytes | None = Field(
        None, ge=0, le=2**63 - 1, description="Stored at the destination, bytes", examples=[536_870_912]
    )
    uploadedSize: Bytes | None = Field(
        None, ge=0, le=2**63 - 1, description="Sent in this run, bytes", examples=[1_048_576]
    )
    duration: Annotated[float, Field(ge=0, le=100 * 366 * 86_400)] | WithUnits | None = Field(
        None,
        description="How long it took: seconds, or a text with units such as `1h30m`, `90m`, `PT1H30M`",
        examples=[600],
    )
    endTime: SetTime | Literal[""] | None = Field(
        None,
        description="When it ended: ISO 8601 with an offset; empty for none",
        examples=["2026-01-28T02:10:00+01:00"],
    )
    log: str | list[str] | None = Field(
        None,
        description="Its log: one text with line ends, or a list of lines",
        examples=["one line\nand another"],
    )


class BackupIds(Shape):
    """What a result became."""

    backupId: Id = Field(description="Id of the run", examples=[7])
    serverId: Id = Field(description="Id of the server", examples=[2])
    jobId: Id = Field(description="Id of the job", examples=[3])


class BackupRecorded(Shape):
    """A result is safe on disk. A repeat has the same ids."""

    status: Literal["success"] = Field(description="Always `success`", examples=["success"])
    message: str = Field(description="The same in words", examples=["Backup entry recorded"])
    data: BackupIds = Field(description="Where it went")


class NotificationPost(Shape):
    """That something happened. Unknown fields are ignored, and null is the same as none."""

    deviceName: str = Field(
        description="Machine it is about", examples=["web-01"], json_schema_extra=NOT_BLANK
    )
    timestamp: SetTime = Field(
        description="When it happened: ISO 8601 with an offset",
        examples=["2026-01-28T02:00:00Z"],
    )
    severity: Severity = Field(description="How grave it is", examples=["warning"])
    type: str = Field(
        description="A short word for the kind, to filter by",
        examples=["disk_space_low"],
        json_schema_extra=NOT_BLANK,
    )
    jobName: str | None = Field(None, description="A job of that machine", examples=["nightly"])
    message: str | None = Field(
        None, description="What happened", examples=["Drive / has only 12% free space remaining."]
    )
    sender: str | None = Field(
        None, description="Which script sends it; defaults to `unknown@ingest`", examples=["disk-monitor"]
    )


class NotificationIds(Shape):
    """What a notification became."""

    notificationId: Id = Field(description="Id of the event", examples=[9])


class NotificationRecorded(Shape):
    """A notification is safe on disk. A repeat has the same id."""

    status: Literal["success"] = Field(description="Always `success`", examples=["success"])
    message: str = Field(description="The same in words", examples=["Notification recorded"])
    data: NotificationIds = Field(description="Where it went")


class Counts(Shape):
    """Active jobs by their latest known result."""

    successCount: int = Field(description="Jobs whose latest run succeeded", examples=[42])
    errorCount: int = Field(description="Jobs whose latest run ended in error or fatal", examples=[3])
    warningCount: int = Field(description="Jobs whose latest run ended with warnings", examples=[1])
    otherCount: int = Field(description="All others: running, a word of its own, no run yet", examples=[0])


class AlertHealth(Shape):
    """Whether anybody would be alerted."""

    working: bool = Field(description="Whether changes are taken in, and messages sent", examples=[True])
    warning: str = Field(description="What is late; empty for nothing", examples=[""])
    brokenChannels: int = Field(description="Channels that do not deliver", examples=[0])


class ServerHealth(Shape):
    """Whether the server itself is well."""

    status: Literal["healthy", "unhealthy"] = Field(description="Whether it is", examples=["healthy"])
    database: Literal["connected", "disconnected"] = Field(
        description="Whether the database can be read", examples=["connected"]
    )
    scheduler: Literal["running", "stopped"] = Field(
        description="Whether anyone looks at what is due", examples=["running"]
    )
    schedulerLastTick: Time | None = Field(
        description="When it last looked", examples=["2026-01-28T12:00:00.000Z"]
    )
    version: str = Field(description="Version of duplistat", examples=["1.0.0"])
    timestamp: Time = Field(description="What time it is here", examples=["2026-01-28T12:00:04.122Z"])
    alerts: AlertHealth | None = Field(
        default=None, description="Whether alerts work; only where the database can be read"
    )
    reason: str = Field(default="", description="What is wrong; only where something is")


class Pong(Shape):
    """The process answers."""

    ok: Literal[True] = Field(description="Always true", examples=[True])
