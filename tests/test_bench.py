"""The benchmark runs, checks every answer, and says its numbers; how good they are is not asked here."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_tiny_run_measures_and_cleans_up(tmp_path: Path) -> None:
    folder, report = tmp_path / "databases", tmp_path / "bench.json"
    folder.mkdir()
    words = [
        "--tiny",
        "--only",
        "floor,uploads,ingest,partner,sweep,slow,learning",
        "--folder",
        str(folder),
        "--json",
        str(report),
    ]

    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads(report.read_text())
    assert {row["group"] for row in content["rows"]} == {
        "floor",
        "uploads",
        "ingest",
        "partner",
        "sweep",
        "slow",
        "learning",
    }
    # What a limit adds is within the noise of so short a run.
    assert all(row["value"] >= 0 or row["unit"] == "%" for row in content["rows"])
    lost = [row["value"] for row in content["rows"] if "not in /api/summary" in row["what"]]
    assert lost == [0, 0]
    assert "targets met" in done.stdout
    assert list(folder.iterdir()) == []
