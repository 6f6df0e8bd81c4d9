"""A rule that is tried, and what it would have told, as they are in our JSON."""

from pydantic import Field

from duplistat.apis.native.rule_models import GivenId, RuleSettings
from duplistat.apis.native.values import Shape, Time
from duplistat.services.alerts.trial import MOST_DAYS


class Trial(RuleSettings):
    """A rule to try on what is stored."""

    account_id: GivenId | None = Field(
        None, description="Account that would own it; null for that of the key", examples=[None]
    )
    days: int = Field(30, ge=1, le=MOST_DAYS, description="How many days back", examples=[30])


class TrialMessage(Shape):
    """A message that would have gone out."""

    at: Time = Field(description="When", examples=["2026-01-28T01:11:07.412Z"])
    channel: str = Field(description="By which channel", examples=["ops"])
    kind: str = Field(description="As in a notice", examples=["problem"])
    why: str = Field(description="As in a notice", examples=["first"])
    jobs: list[str] = Field(description="Of which jobs, by name; at most 5", examples=[["Documents"]])
    total: int = Field(description="Of how many jobs", examples=[1])


class TrialResult(Shape):
    """What a rule would have told."""

    days: int = Field(description="How many days were played", examples=[30])
    jobs: int = Field(description="For how many jobs it would send alerts", examples=[12])
    changes: int = Field(description="How many changes of health were played", examples=[340])
    sampled: bool = Field(
        description="Whether only some jobs were played, since there were too many changes", examples=[False]
    )
    count: int = Field(description="Messages in all", examples=[1])
    recoveries: int = Field(description="Of these, how many say that something is over", examples=[0])
    groups: int = Field(description="Of these, how many are about several jobs", examples=[0])
    held: int = Field(description="Of these, how many waited for the end of quiet hours", examples=[0])
    first_after_ms: int | None = Field(
        description="How long the first word of a problem took, in the middle; null where there was none",
        examples=[60_000],
    )
    messages: list[TrialMessage] = Field(description="The first 500 of them, oldest first")
