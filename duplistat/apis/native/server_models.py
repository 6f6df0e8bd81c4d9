"""What people set on servers, as it is in our JSON: in the answer of a single server, and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.job_models import Alias, Merged
from duplistat.apis.native.models import Server
from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.core.text import NAME_LIMIT, clean
from duplistat.core.web_address import LONGEST
from duplistat.services.servers.settings import NOTE_CHARS

Group = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(clean)]
Notes = Annotated[str, Field(max_length=NOTE_CHARS), AfterValidator(clean)]
WebAddress = Annotated[str, Field(max_length=LONGEST), AfterValidator(clean)]
JobName = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT), AfterValidator(clean)]


class ServerDetail(Server):
    """A server as in the list, with all that people set on it."""

    notes: str = Field(description="Notes of people", examples=["Behind the door"])
    web_url: str | None = Field(
        description="Address of its web interface, for people to open it; null for none",
        examples=["https://10.0.0.5:8200/"],
    )
    names_state: Literal["", "shared", "dismissed", "apart"] = Field(
        description="Whether reports under its machine id come by several names: `shared` while nobody decided, then"
        " `apart` or `dismissed`; empty where they do not",
        examples=[""],
    )
    names: list[str] = Field(description="The names that it had, where it had several", examples=[[]])
    merged: list[Merged] = Field(description="Servers that were merged into it, latest first")


class ServerSettingsChanges(Sent):
    """What changes about a server: what is left out stays."""

    alias: Alias = Field(
        "", description="Name that is shown; empty for that of its reports", examples=["NAS"]
    )
    group: Group = Field(
        "", description="What it stands together with on the overview; empty for none", examples=["Office"]
    )
    notes: Notes = Field("", description="Notes of people", examples=["Behind the door"])
    web_url: WebAddress = Field(
        "",
        description="Address of its web interface, with http or https and without a user name or password; empty for"
        " none",
        examples=["https://10.0.0.5:8200/"],
    )


class OtherServer(Sent):
    """Another server of the same account."""

    other_id: GivenId = Field(description="Id of the server that goes", examples=[2])


class KeepApart(Sent):
    """What machines that share a machine id are."""

    dismiss: bool = Field(
        False,
        description="True: they are one server, and it is not proposed again. False: each name is a server of its own",
        examples=[False],
    )


class StartJob(Sent):
    """Which job is to be started."""

    job: JobName | None = Field(
        None, description="Name of a job of the agent; null for all", examples=["Documents"]
    )
