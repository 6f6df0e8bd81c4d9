"""What borgmatic says of dry runs, of a wrong configuration, and in its own log file."""

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED

FAILED = (
    "/etc/borgmatic/config.yaml: Error running configuration\n/etc/borgmatic/config.yaml: An error occurred\n"
)
INVALID = "/etc/borgmatic/config.yaml: No valid configuration files found\n\nsummary:\n"
HELP = "\nNeed some help? https://torsion.org/borgmatic/#issues\n"


def read(printed: str, code: int | None) -> tuple[str, Report]:
    reading = read_output(printed, Told(code, RECEIVED))
    (report,) = reading.reports
    return reading.recognised, report


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (
            "first: Error running actions for repository\n"
            f"first: Source directories or root pattern paths do not exist: /srv/nothing\n{FAILED}",
            "first: Source directories or root pattern paths do not exist: /srv/nothing",
        ),
        (
            f"{INVALID}/etc/borgmatic/config.yaml: Error parsing configuration file\n"
            "At the top level: 'repositories' is a required property\n"
            f"/etc/borgmatic/config.yaml: No valid configuration files found\n{HELP}",
            "At the top level: 'repositories' is a required property",
        ),
        (
            f"{INVALID}[Errno 2] No such file or directory: '/etc/borgmatic/config.yaml'\n{HELP}",
            "[Errno 2] No such file or directory: '/etc/borgmatic/config.yaml'",
        ),
    ],
)
def test_what_kept_it_from_calling_borg_is_its_reason(printed: str, message: str) -> None:
    for code in (1, None):
        recognised, report = read(printed, code)
        assert (recognised, report.status, report.message) == ("borgmatic.backup", "error", message)


def test_a_dry_run_is_one() -> None:
    printed = """first: Creating archive (dry run; not making any changes)
Creating archive at "/srv/repo::web-01-2026-11-28T16:31:39"
- /srv/data
/etc/borgmatic/config.yaml: Successfully ran configuration file
"""
    recognised, report = read(printed, 0)
    assert (recognised, report.status, report.dry_run) == ("borgmatic.backup", "success", True)


def test_damage_that_borg_found_is_of_a_verification_without_v_too() -> None:
    printed = f"""Data integrity error: Segment entry checksum mismatch [segment 2, offset 449]
Finished full repository check, errors found.
first: Error running actions for repository
{FAILED}"""
    recognised, report = read(printed, 1)
    assert (recognised, report.status) == ("borgmatic.verify", "error")
