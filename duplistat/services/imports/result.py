"""What came of an import, or would: what came, what was here already, and what was left out and why."""

from dataclasses import dataclass, field
from typing import Any

# Of what was left out for one reason, so many are named.
NAMED = 10
MOST_REASONS = 100


@dataclass(slots=True)
class Result:
    """Counts of one import. `seen` is how far it is, of `total` rows that there are to go through.

    `left_out` is {why: [how many, names of some]}.
    """

    program: str
    version: str = ""
    dry_run: bool = False
    servers: int = 0
    jobs: int = 0
    runs: int = 0
    known: int = 0
    missed: int = 0
    pings: int = 0
    channels: int = 0
    rules: int = 0
    seen: int = 0
    total: int = 0
    left_out: dict[str, list[Any]] = field(default_factory=dict)

    def leave_out(self, why: str, what: str = "", count: int = 1) -> None:
        """Note that something does not come over; `why` is one of few reasons."""
        if why not in self.left_out and len(self.left_out) >= MOST_REASONS:
            return
        found = self.left_out.setdefault(why, [0, []])
        found[0] += count
        if what and len(found[1]) < NAMED and what not in found[1]:
            found[1].append(what[:200])

    @property
    def left(self) -> int:
        """How many things were left out."""
        return sum(int(count) for count, _ in self.left_out.values())

    @property
    def counts(self) -> dict[str, int]:
        """What the audit log keeps."""
        return {
            "servers": self.servers,
            "jobs": self.jobs,
            "runs": self.runs,
            "channels": self.channels,
            "already here": self.known,
            "left out": self.left,
        }

    def as_line(self) -> str:
        """What others read of it."""
        return (
            f"imported: {self.servers} servers, {self.jobs} jobs, {self.runs} runs;"
            f" already here: {self.known}; left out: {self.left}"
        )
