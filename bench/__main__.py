"""`python -m bench`: measure all, print each number and how it stands to another of the same run, and clean up."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import parts
from bench.printed import machine, tables
from bench.result import Bench


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with _folder(given.folder) as folder:
        bench = Bench(folder, given.quick or given.tiny, tiny=given.tiny)
        bench.show(", ".join(f"{name} {value}" for name, value in machine().items()))
        try:
            parts.MEASURE[given.database](bench, frozenset(given.only))
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            return 130
        finally:
            if given.json:
                bench.write(given.json)
    bench.show(f"\n{tables(bench.rows)}")
    return 0


def _arguments() -> argparse.Namespace:
    of = {database: ",".join(names) for database, names in parts.PARTS.items()}
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: a few minutes")
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs")
    parser.add_argument(
        "--only", default="", help=f"some of {of['sqlite']}; on PostgreSQL of {of['postgresql']}"
    )
    parser.add_argument(
        "--database",
        choices=parts.PARTS,
        default="sqlite",
        help="postgresql: a PostgreSQL that is started for it, with one server and with two, beside SQLite",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there too")
    parser.add_argument("--folder", type=Path, help="where the databases are put for the time being (5 GB)")
    given = parser.parse_args()
    known = parts.PARTS[given.database]
    given.only = given.only.split(",") if given.only else known
    if unknown := set(given.only) - set(known):
        parser.error(f"--only knows {', '.join(known)}, not {', '.join(sorted(unknown))}")
    return given


@contextmanager
def _folder(parent: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="duplistat-bench-", dir=parent, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
