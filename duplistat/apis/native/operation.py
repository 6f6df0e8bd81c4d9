"""One row of what our document tells of each address."""

from dataclasses import dataclass
from enum import StrEnum

from duplistat.apis.native.parameters import Query
from duplistat.apis.native.values import Shape
from duplistat.services.access.api_keys import Scope
from duplistat.store import versions


class Key(StrEnum):
    """Whether an address asks for an API key; one that is given is checked even where none is needed."""

    NEEDED = "needed"
    OPTIONAL = "optional"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `about` is what a number in the path is the id of."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    answer: type[Shape] | None
    description: str = ""
    about: str = ""
    query: type[Query] | None = None
    body: type[Shape] | None = None
    status: int = 200
    scope: Scope | None = Scope.READ
    key: Key = Key.NEEDED
    # Whether If-None-Match is understood.
    kept: bool = False
    # Whether it changes something: with an Idempotency-Key, and problem details in place of errors.
    changes: bool = False
    # What has the version that If-Match is about, where that is not what `about` says.
    versioned: str = ""
    # Whether it answers a secret, which nothing may keep.
    secret: bool = False
    # The kind of a file that is answered in place of a shape.
    file: str = ""
    # The kind of a file that is sent in place of a shape.
    takes: str = ""
    # A 503 with this shape, where it is not an error.
    unwell: type[Shape] | None = None

    @property
    def once(self) -> bool:
        """Whether an Idempotency-Key is understood: what only looks may be sent as often as one likes."""
        return self.changes and self.scope is not Scope.READ and not self.file

    @property
    def if_match(self) -> bool:
        """Whether If-Match is understood: what it is about has a version."""
        return self.once and (self.versioned or self.about) in versions.KINDS


def read(
    name: str,
    path: str,
    tag: str,
    summary: str,
    answer: type[Shape],
    *,
    query: type[Query] | None = None,
    about: str = "",
    description: str = "",
    scope: Scope = Scope.READ,
    secret: bool = False,
) -> Operation:
    """A GET of ours: with a key, with an ETag."""
    return Operation(
        name,
        "get",
        path,
        tag,
        summary,
        answer,
        description=description,
        about=about,
        query=query or Query,
        scope=scope,
        secret=secret,
        kept=True,
    )


def change(
    name: str,
    method: str,
    path: str,
    tag: str,
    summary: str,
    body: type[Shape],
    answer: type[Shape] | None,
    *,
    about: str = "",
    description: str = "",
    status: int = 200,
    scope: Scope,
    file: str = "",
    versioned: str = "",
) -> Operation:
    """A POST, PATCH or DELETE of ours: with a key that may do so."""
    return Operation(
        name,
        method,
        path,
        tag,
        summary,
        answer,
        description=description,
        about=about,
        body=body,
        status=status,
        scope=scope,
        changes=True,
        file=file,
        versioned=versioned,
    )
