"""Kinds of values in our JSON, each with its unit, and what all shapes have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_ID = 2**63 - 1


class Shape(BaseModel):
    """An object of a request or an answer. Every field of an answer is there: what is not known is null."""

    # Built when it is first used: only the process that answers needs it.
    model_config = ConfigDict(frozen=True, defer_build=True)


Id = Annotated[int, Field(json_schema_extra={"format": "int64", "minimum": 1, "maximum": MAX_ID})]
# ISO 8601 in UTC, with milliseconds and Z.
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Count = Annotated[int, Field(json_schema_extra={"format": "int64"})]
Bytes = Count
# It may be below zero, where the sender's clock was set back.
Milliseconds = Count
Cursor = Annotated[
    str | None, Field(description="Give it as `cursor` for the next page. Null at the end", examples=[None])
]
