"""A ping: what a call of another monitor's client says of a run of a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from duplistat.core.durations import MOST_SECONDS
from duplistat.core.pings import rid_of

MESSAGE_KEPT = 500
EXIT_CODES = range(256)


class Kind(StrEnum):
    """What a ping tells of a run: that it began, how it ended, or a part of its log."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Ping:
    """`exit` is the exit code, where that is what is told; `rid` names the run among those under way at once, "" for no
    such name; `duration_ms` and `message` are what the client says beside a body."""

    kind: Kind
    exit: int | None = None
    rid: str = ""
    duration_ms: int | None = None
    message: str = ""

    @property
    def ends(self) -> bool:
        """Whether a run ended."""
        return self.kind in (Kind.SUCCESS, Kind.FAIL)


def ping_of(word: str, rid: str = "") -> Ping | None:
    """The ping that Healthchecks' address says: "" for success, `start`, `fail`, `log`, or an exit code."""
    if word == "":
        return Ping(Kind.SUCCESS, rid=rid_of(rid))
    if word in (Kind.START, Kind.FAIL, Kind.LOG):
        return Ping(Kind(word), rid=rid_of(rid))
    if word.isascii() and word.isdecimal() and len(word) < 10 and int(word) in EXIT_CODES:
        code = int(word)
        return Ping(Kind.FAIL if code else Kind.SUCCESS, code, rid_of(rid))
    return None


def as_query(ping: Ping, *, by: str, id: str, started: int | None, logs: tuple[int, ...]) -> str:
    """A ping as it is kept beside its body, so that it can be read again: `by` is whose words it came in, `id` its own
    name, `started` when its run began (ms), `logs` the deliveries with what was told of that before."""
    told = {
        "kind": ping.kind.value,
        "exit": ping.exit,
        "rid": ping.rid,
        "duration_ms": ping.duration_ms,
        "by": by,
        "id": id,
        "started": started,
        "logs": ",".join(map(str, logs)),
        # Last: of a long one the end is not kept.
        "msg": ping.message[:MESSAGE_KEPT],
    }
    return urlencode({name: value for name, value in told.items() if value not in (None, "")})


def from_query(names: Mapping[str, str]) -> Ping:
    """The ping that was kept so."""
    kind = names.get("kind", "")
    return Ping(
        Kind(kind) if kind in [*Kind] else Kind.LOG,
        number_in(names, "exit"),
        names.get("rid", ""),
        number_in(names, "duration_ms"),
        names.get("msg", ""),
    )


def number_in(names: Mapping[str, str], name: str) -> int | None:
    """A whole number of a query that we wrote; None for none."""
    text = names.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def duration_ms(seconds: float) -> int | None:
    """A duration in ms; None for none, and for what cannot be one."""
    return round(seconds * 1000) if 0 < seconds <= MOST_SECONDS else None
