"""Numbers, and what is wanted of them: collected as data, shown as they come, written as JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.printed import line_of, machine
from bench.row import Row


@dataclass(slots=True, eq=False)
class Bench:
    """One run of everything: where, how large, and what came of it.

    A `tiny` one is quick, too, and a tenth of that: it shows that all of it runs, and no number worth a look.
    """

    folder: Path
    quick: bool
    tiny: bool = False
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    show: Callable[[str], None] = lambda text: print(text, flush=True)

    def size(self, full: int, quick: int) -> int:
        if self.tiny:
            return quick // 10 if quick >= 100 else quick
        return quick if self.quick else full

    @property
    def environment(self) -> dict[str, str]:
        """What its servers are told besides."""
        return {"DUPLISTAT_SERVER_WORKERS": "1", "DUPLISTAT_ALERTS_SEND_WORKERS": "0"} if self.tiny else {}

    def seconds(self, full: float) -> float:
        """How long a load may go on that is cut off."""
        return 0.1 if self.tiny else full / 5 if self.quick else full

    def add(
        self,
        group: str,
        what: str,
        value: float,
        unit: str,
        wanted: str = "",
        met: bool | None = None,
        *,
        ratio: float | None = None,
    ) -> None:
        row = Row(
            group, what, round(value, 3), unit, wanted, met, round(ratio, 3) if ratio is not None else None
        )
        self.rows.append(row)
        self.show(line_of(row))

    def compare(
        self,
        group: str,
        what: str,
        value: float,
        unit: str,
        ratio: float,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        failed: bool = False,
    ) -> None:
        """A number with its ratio, of which a bound is wanted or none. `failed`: it counts as missed anyway."""
        wanted, met = "", None
        if at_least is not None:
            wanted, met = f"≥ {at_least:g}", ratio >= at_least
        elif at_most is not None:
            wanted, met = f"≤ {at_most:g}", ratio <= at_most
        self.add(group, what, value, unit, wanted, False if failed else met, ratio=ratio)

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.show(f"  {text}")

    def write(self, path: Path) -> None:
        content = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": self.quick,
            "machine": machine(),
            "rows": [asdict(row) for row in self.rows],
            "notes": self.notes,
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
