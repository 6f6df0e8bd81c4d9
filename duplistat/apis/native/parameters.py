"""What an address may ask for behind its question mark: read strictly, all that is wrong is answered at once."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from werkzeug.datastructures import MultiDict

from duplistat.apis.native import cursors
from duplistat.apis.native.values import MAX_ID
from duplistat.core.errors import DuplistatError, Kind, Problem
from duplistat.core.event import Severity
from duplistat.core.status import Health, Status
from duplistat.core.text import clean
from duplistat.core.times import to_ms

# A way to bring the key, which every address knows.
KEY = "key"
MOST = 200
MOST_LINES = 1000
_NAME_SHOWN = 100
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.{0,40}", re.ASCII | re.IGNORECASE)


def _whole(value: object) -> object:
    if not re.fullmatch("-?[0-9]{1,30}", str(value)) and not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def time_in(value: object) -> int:
    """A time in ms. Any year will do: one before 1971 asks for all there is. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be a time in ISO 8601, such as 2026-01-15T02:00:00Z")
    # An unescaped + arrives as a blank.
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", value, flags=re.ASCII)
    try:
        moment = datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("must be a time in ISO 8601, such as 2026-01-15T02:00:00Z")
    if moment.tzinfo is None:
        raise ValueError("must include a UTC offset, such as %2B02:00 or Z")
    return to_ms(moment)


Whole = Annotated[int, BeforeValidator(_whole)]
Id = Annotated[int, Field(ge=1, le=MAX_ID), BeforeValidator(_whole)]
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean)]
Time = Annotated[int, BeforeValidator(time_in), WithJsonSchema({"type": "string", "format": "date-time"})]
AfterId = Annotated[
    int, BeforeValidator(cursors.read_id), WithJsonSchema({"type": "string", "pattern": cursors.BY_ID})
]
AfterPlace = Annotated[
    tuple[int, int],
    BeforeValidator(cursors.read_place),
    WithJsonSchema({"type": "string", "pattern": cursors.BY_TIME}),
]

CURSOR = "Go on where a page ended: its `next_cursor`"
SINCE = "Only what began then or later (`order_at`); ISO 8601 with an offset, its + as %2B"
UNTIL = "Only what began before then (`order_at`); ISO 8601 with an offset, its + as %2B"


class Query(BaseModel):
    """Nothing may be asked for: a parameter that is not known would be a filter that does not filter."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PageQuery(Query):
    limit: Whole = Field(50, ge=1, le=MOST, description="How many at most")


class ServerQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    name: Text | None = Field(None, description="Only those with exactly this name, alias or machine id")


class JobQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    server: Id | None = Field(None, description="Only those of the server with this id")
    health: Health | None = Field(None, description="Only those that are so, as of now")
    status: Status | None = Field(None, description="Only those whose latest backup run ended so")
    tag: Text | None = Field(None, description="Only those with this tag")
    paused: Literal["true", "false"] | None = Field(
        None, description="Only those of which no runs are expected now, or only the others"
    )


class ScheduleQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    server: Id | None = Field(None, description="Only those of the server with this id")


class RunQuery(PageQuery):
    cursor: AfterPlace | None = Field(None, description=CURSOR)
    server: Id | None = Field(None, description="Only those on the server with this id")
    job: Id | None = Field(None, description="Only those of the job with this id")
    status: Status | None = Field(None, description="Only those that ended so")
    operation: Text | None = Field(
        None, description="Only those of this operation: `backup`, `restore`, `test`, `compact` …"
    )
    since: Time | None = Field(None, description=SINCE)
    until: Time | None = Field(None, description=UNTIL)


class LogQuery(Query):
    limit: Whole = Field(500, ge=1, le=MOST_LINES, description="How many lines at most")
    cursor: AfterId | None = Field(None, description=CURSOR)
    level: Text | None = Field(
        None,
        description="Only lines of this level: `error`, `warning`, `information`, `retry`, `dryrun`, `verbose`,"
        " `profiling`",
    )


class EventQuery(PageQuery):
    cursor: AfterPlace | None = Field(None, description=CURSOR)
    server: Id | None = Field(None, description="Only those of the server with this id")
    type: Text | None = Field(None, description="Only those of this kind, in the sender's own word")
    severity: Severity | None = Field(None, description="Only those that are so grave")
    since: Time | None = Field(None, description=SINCE.replace("began", "happened"))
    until: Time | None = Field(None, description=UNTIL.replace("began", "happened"))


class ProblemQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    state: Literal["open", "all"] = Field("open", description="Only those that are not over, or all")
    job: Id | None = Field(None, description="Only those of the job with this id")


class NoticeQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    state: Literal["waiting", "sent", "failed", "dropped"] | None = Field(
        None, description="Only those in this state"
    )
    channel: Id | None = Field(None, description="Only those by the channel with this id")


class SilenceQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    state: Literal["current", "all"] = Field("all", description="Only those that hold or will, or all")


class EvidenceQuery(Query):
    begin: Time | None = Field(
        None,
        alias="from",
        description="Begin of the time; ISO 8601 with an offset, its + as %2B; 30 days before its end without one",
    )
    end: Time | None = Field(
        None, alias="to", description="End of the time, at most 400 days later; now without one"
    )
    account: Id | None = Field(
        None, description="Id of the account, with those below it; the key's own without one"
    )


class ImportQuery(Query):
    program: Literal["duplistatus", "healthchecks", "uptime-kuma"] = Field(
        alias="from", description="Program whose file it is"
    )
    dry_run: Literal["true", "false"] = Field("false", description="Only say what would come over")
    account_id: Id | None = Field(
        None, description="Id of the account that it is imported into; the key's own without one"
    )


class ByIdQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)


class NewestQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)


class UnreadQuery(PageQuery):
    cursor: AfterId | None = Field(None, description=CURSOR)
    state: Literal["unrecognised", "dismissed"] = Field(
        "unrecognised", description="Those that wait for somebody, or those that were dismissed"
    )


Q = TypeVar("Q", bound=Query)


def read(query: type[Q], arguments: MultiDict[str, str]) -> Q:
    """What is asked for. Raises DuplistatError: invalid, with a problem for each parameter that is wrong."""
    given, problems = {}, []
    for name, values in arguments.lists():
        if name != KEY:
            given[name] = values[0]
            if len(values) > 1:
                problems.append(Problem(_shown(name), "must be given once"))
    try:
        asked = query.model_validate(given)
    except ValidationError as e:
        problems += [Problem(_shown(error["loc"][0]), _problem_text(query, error)) for error in e.errors()]
    if problems:
        text = "; ".join(f"{problem.field} {problem.problem}" for problem in problems[:10])
        raise DuplistatError(Kind.INVALID, text, problems)
    return asked


def _shown(name: object) -> str:
    return clean(str(name)[:_NAME_SHOWN])


def _problem_text(query: type[Query], error: Mapping[str, Any]) -> str:
    """What is wrong with a value, in the words of our other errors."""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            known = ", ".join(query.model_fields)
            return f"is not known here; there {'are ' + known if known else 'is none'}"
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "enum" | "literal_error":
            return f"must be {context['expected']}".replace("'", "")
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case _:
            return str(error["msg"])
