"""Channels as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import GivenId, Name, Sent
from duplistat.apis.native.values import Count, Cursor, Id, Shape, Time
from duplistat.core.text import clean
from duplistat.services.alerts.channel_config import MOST_ADDRESSES
from duplistat.services.languages import LANGUAGES

LISTED = ", ".join(f"`{code}`" for code in LANGUAGES)
ChannelKind = Literal["mail", "webhook", "ntfy", "webpush", "apprise"]
Plain = Annotated[str, Field(max_length=100), AfterValidator(clean)]
Long = Annotated[str, Field(max_length=20_000), AfterValidator(clean)]
Address = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(clean)]
Url = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(clean)]
Secret = Annotated[str, Field(max_length=500), AfterValidator(clean)]

TEMPLATES = (
    "Texts of its own in place of the built-in ones: `subject`, `text`, `short`; empty ones are removed"
)


class Kept(Shape):
    """Something that is stored, and never read again."""

    set: bool | None = Field(
        description="Whether there is one; null while the key of stored passwords does not fit",
        examples=[True],
    )


class Recipient(Shape):
    """An address of a channel that sends mail."""

    id: Id = Field(description="Id of the address", examples=[1])
    address: str = Field(description="E-mail address", examples=["ops@example.org"])
    state: Literal["active", "unconfirmed", "unsubscribed", "refused"] = Field(
        description="Whether it gets alerts: its owner has not confirmed it yet, or was taken off, or its mail server"
        " refused it",
        examples=["active"],
    )


class Channel(Shape):
    """Where messages go. Addresses and secrets of webhooks, ntfy and Apprise are never read again."""

    id: Id = Field(description="Id of the channel", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["ops"])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    kind: ChannelKind = Field(description="How it sends", examples=["mail"])
    shown: str = Field(
        description="What may be seen of where it sends to, such as a host", examples=["1 address"]
    )
    recipients: list[Recipient] = Field(description="Addresses of mail; empty for others")
    admins: bool = Field(
        description="Whether mail goes to the administrators of the account, too", examples=[False]
    )
    url: Kept = Field(description="Where a webhook, ntfy or Apprise sends to", examples=[{"set": False}])
    secret: Kept = Field(description="What a webhook signs with", examples=[{"set": False}])
    token: Kept = Field(description="What ntfy signs in with", examples=[{"set": False}])
    template: Kept = Field(
        description="JSON that a webhook sends in place of ours", examples=[{"set": False}]
    )
    headers: Kept = Field(description="Headers that a webhook sends besides", examples=[{"set": False}])
    zone: str = Field(description="Time zone of its messages; empty for that of the account", examples=[""])
    language: str = Field(description="Language of its messages; empty for English", examples=["de"])
    templates: dict[str, str] = Field(description=TEMPLATES, examples=[{}])
    self_test: bool = Field(description="Whether it sends a test each week", examples=[False])
    state: Literal["on", "off", "broken"] = Field(
        description="`broken`: it does not deliver, and what waits stays", examples=["on"]
    )
    state_since: Time = Field(description="Since when", examples=["2026-01-28T12:00:00.000Z"])
    state_why: str | None = Field(description="Why it is broken; null for others", examples=[None])
    paused_until: Time | None = Field(
        description="Until when its receiver asked us to wait; null for not", examples=[None]
    )
    verified_at: Time | None = Field(
        description="When somebody said that a test arrived; null for nobody", examples=[None]
    )
    last_ok_at: Time | None = Field(description="Last message that was taken; null for none", examples=[None])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])


class Confirmation(Sent):
    """That a test arrived."""

    code: Annotated[str, Field(min_length=1, max_length=10), AfterValidator(clean)] = Field(
        description="The code in the test", examples=["1234"]
    )


class Released(Shape):
    """How many messages go out."""

    notices: Count = Field(description="How many waited", examples=[3])


class ChannelSecret(Shape):
    """The secret of a webhook."""

    secret: str | None = Field(
        description="The new one, shown this once; null where the request is repeated", examples=["whsec_…"]
    )


class ChannelList(Shape):
    """A page of channels, by id."""

    channels: list[Channel] = Field(description="At most `limit`")
    next_cursor: Cursor


class ChannelChanges(Sent):
    """What changes about a channel: what is left out stays. A change of where it sends to mends a broken one."""

    name: Name = Field("", description="Name, unique in its account", examples=["ops"])
    to: Annotated[list[Address], Field(max_length=MOST_ADDRESSES)] = Field(
        [], description="Mail: addresses; new ones are asked to confirm first", examples=[["ops@example.org"]]
    )
    admins: bool = Field(
        False, description="Mail: whether it goes to the administrators of the account", examples=[False]
    )
    url: Url = Field(
        "", description="Webhook, ntfy (with its topic), Apprise: where it sends to; never read again"
    )
    secret: Secret = Field(
        "", description="Webhook: what it signs with, `whsec_` and 24 to 64 bytes in base64; never read again"
    )
    token: Secret = Field("", description="ntfy: access token; empty for none; never read again")
    public: bool = Field(
        False, description="ntfy: whether others read the topic: then no message has buttons"
    )
    template: Long = Field("", description="Webhook: JSON in place of ours; empty for ours")
    headers: dict[str, str] = Field(
        {}, max_length=20, description="Webhook: headers besides; never read again"
    )
    zone: Plain = Field(
        "", description="Time zone of its messages; empty for that of the account", examples=["Europe/Berlin"]
    )
    language: Plain = Field("", description=f"Language of its messages: {LISTED}", examples=["de"])
    templates: dict[str, Long] = Field({}, max_length=10, description=TEMPLATES)
    self_test: bool = Field(False, description="Whether it sends a test each week", examples=[False])


class NewChannel(ChannelChanges):
    """A channel to create."""

    name: Name = Field(description="Name, unique in its account", examples=["ops"])
    kind: ChannelKind = Field(description="How it sends", examples=["mail"])
    account_id: GivenId | None = Field(
        None, description="Account that owns it; null for that of the key", examples=[None]
    )
