"""What there is to measure, in the order in which it is measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import (
    filled,
    floor,
    herd,
    imports,
    ingest,
    learning,
    outputs,
    partner,
    profile,
    silent,
    slow,
    sweep,
)
from bench.alarms import played
from bench.alerting import quick
from bench.alerting import uploads as beside_alerts
from bench.postgres import compared
from bench.result import Bench
from bench.server import Server, duplistat


def _nothing(bench: Bench, data: Path) -> None:
    pass


@dataclass(frozen=True, slots=True)
class OnServer:
    """Measured on a server with these settings, after `fill` has put into its data folder what there has to be.

    `after` has the data folder for itself: the server has ended then.
    """

    measure: Callable[[Bench, Server, Path], None]
    fill: Callable[[Bench, Path], None] = _nothing
    after: Callable[[Bench, Path], None] = _nothing
    settings: Mapping[str, str] = field(default_factory=dict)


def _telling(bench: Bench) -> None:
    quick.measure(bench)
    beside_alerts.measure(bench)


# Over databases of several sizes, each filled once for all of these.
FILLED = filled.PARTS
ON_SERVER: Mapping[str, OnServer] = {
    "learning": OnServer(learning.measure, fill=learning.fill, after=learning.without_server),
    "silent": OnServer(silent.measure, fill=silent.fill, after=silent.without_server),
    "herd": OnServer(herd.measure),
    "slow": OnServer(slow.measure, settings=slow.UNLIMITED),
    "ingest": OnServer(ingest.measure, settings=ingest.WITHOUT),
    "partner": OnServer(partner.measure, fill=partner.fill),
    "outputs": OnServer(outputs.measure),
}
ALONE: Mapping[str, Callable[[Bench], None]] = {
    "profile": profile.measure,
    "sweep": sweep.measure,
    "imports": imports.measure,
    "telling": _telling,
    "alarms": played.measure,
}
# By database. What knows SQLite alone is not measured on PostgreSQL.
PARTS: Mapping[str, Sequence[str]] = {
    "sqlite": ("floor", *FILLED, *ON_SERVER, *ALONE),
    "postgresql": compared.PARTS,
}


def _on_sqlite(bench: Bench, parts: frozenset[str]) -> None:
    if "floor" in parts:
        floor.measure(bench)
    if over_filled := parts.intersection(FILLED):
        filled.measure(bench, over_filled)
    on_server = {name: part for name, part in ON_SERVER.items() if name in parts}
    if bench.tiny and on_server:
        # What is measured then does not matter: they share one.
        _on_server(bench, bench.folder / "shared", list(on_server.values()))
    else:
        for name, part in on_server.items():
            _on_server(bench, bench.folder / name, [part])
    for name, alone in ALONE.items():
        if name in parts:
            alone(bench)


def _on_server(bench: Bench, data: Path, parts: list[OnServer]) -> None:
    settings: dict[str, str] = dict(bench.environment)
    for part in parts:
        settings |= part.settings
        part.fill(bench, data)
    with duplistat(data, settings) as server:
        for part in parts:
            part.measure(bench, server, data)
    for part in parts:
        part.after(bench, data)


MEASURE: Mapping[str, Callable[[Bench, frozenset[str]], None]] = {
    "sqlite": _on_sqlite,
    "postgresql": compared.measure,
}
