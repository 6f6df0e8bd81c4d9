"""Uploads, reads, sweeps and memory on PostgreSQL beside SQLite, with one server and with two."""

from contextlib import ExitStack

from bench.postgres import memory, reads, sweeps, trips, uploads
from bench.postgres.cluster import cluster, settings
from bench.postgres.sides import sides
from bench.result import Bench

PARTS = ("uploads", "reads", "memory", "trips", "sweep")


def measure(bench: Bench, parts: frozenset[str]) -> None:
    with cluster(bench.folder, tiny=bench.tiny) as postgres:
        told = ", ".join(f"{name} {value}" for name, value in settings(tiny=bench.tiny).items())
        bench.note(f"PostgreSQL {postgres.version()}: {told}")
        with ExitStack() as stack:
            if parts - {"sweep"}:
                shared = None
                if bench.tiny and "trips" in parts:
                    # What else is measured of its server does not matter then: no server for this alone.
                    shared = stack.enter_context(trips.relay(postgres.folder))
                compared = stack.enter_context(
                    sides(bench, postgres, first_by=shared.folder if shared else "")
                )
                if "memory" in parts:
                    memory.measure(bench, compared, "idle")
                if "uploads" in parts:
                    uploads.measure(bench, compared)
                    if "memory" in parts:
                        memory.measure(bench, compared, "after the uploads")
                if "reads" in parts:
                    reads.measure(bench, compared)
                if shared is not None:
                    trips.measure(bench, compared.one.first, shared)
                elif "trips" in parts:
                    trips.measure_alone(bench, postgres, compared.one.url)
        if "sweep" in parts:
            sweeps.measure(bench, postgres)
