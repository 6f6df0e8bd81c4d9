"""Imports by programs: a file is sent, tried or imported in the background, and told of."""

from pathlib import Path

from tests.apis.native.program import Program, noted
from tests.support.background import work_off
from tests.support.foreign import made
from tests.support.site import Site

PATH = "imports?from=healthchecks"


def later(site: Site) -> None:
    """Long after the runs of the file, when all is done that was asked for."""
    site.now.forward(days=300)
    work_off(site)


def waiting(site: Site) -> list[Path]:
    return [*site.config.data.glob("import-*")]


def test_a_file_is_tried_and_then_imported(program: Program, site: Site, tmp_path: Path) -> None:
    file = made(tmp_path, "healthchecks_4.4").read_bytes()
    asked = program.send("POST", f"{PATH}&dry_run=true", file, again="k")
    assert asked.status_code == 202, asked.text
    begun = asked.get_json()
    assert (begun["state"], begun["program"], begun["dry_run"]) == ("under_way", "healthchecks", True)
    # The same again, and another one under that key, leave no further file.
    assert program.send("POST", f"{PATH}&dry_run=true", file, again="k").get_json() == begun
    assert program.send("POST", PATH, file, again="k").status_code == 422
    assert len(waiting(site)) == 1
    later(site)
    tried = program.read(f"imports/{begun['id']}")
    assert (tried["state"], tried["problem"], tried["jobs"], tried["runs"]) == ("done", None, 11, 24)
    assert "a start without an end" in [one["why"] for one in tried["left_out"]]
    assert program.read("jobs")["jobs"] == []
    done = program.send("POST", PATH, file).get_json()["id"]
    later(site)
    assert program.read(f"imports/{done}")["jobs"] == 11
    assert len(program.read("jobs")["jobs"]) == 11
    assert [one["id"] for one in program.read("imports")["imports"]] == [done, begun["id"]]
    # That of the trial waits for a day.
    assert len(waiting(site)) == 1
    assert [entry[1] for entry in noted(site) if entry[0] == "key deploy"].count("import.begin") == 2


def test_a_wrong_file_is_told_of_and_deleted(program: Program, site: Site) -> None:
    begun = program.send("POST", PATH, b"nonsense").get_json()
    later(site)
    failed = program.read(f"imports/{begun['id']}")
    assert (failed["state"], failed["problem"]) == (
        "failed",
        "this is no SQLite database, nor an archive with one in it",
    )
    assert waiting(site) == []


def test_what_makes_no_sense_is_refused_and_no_file_stays(program: Program, site: Site) -> None:
    assert program.refused("imports", b"x") == {"from": "is required"}
    assert program.refused("imports?from=excel&dry_run=1&more=1", b"x").keys() == {"from", "dry_run", "more"}
    assert program.refused(PATH, b"").keys() == {"body"}
    assert program.refused(f"{PATH}&account_id=99", b"x").keys() == {"account_id"}
    large = b"x" * (site.config.intake.max_log_bytes + 1)
    assert program.send("POST", PATH, large).status_code == 413
    assert waiting(site) == []
