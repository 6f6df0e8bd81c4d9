"""What is said of failures whose cause is known."""

import pytest

from duplistat.core.known_failures import hint_of


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("The remote server returned an error: (507) Insufficient Storage.", "The destination is full"),
        ("The destination is full: 0 bytes are free", "The destination is full"),
        ("Backup aborted since the source path /mnt/x/ does not exist.", "A source is missing"),
        (
            "The remote server returned an error: (401) Unauthorized.",
            "The destination refuses the credentials",
        ),
        ("Access to the path '/root/x' is denied.", "Access was denied"),
        ("The remote certificate is invalid", "The TLS certificate"),
        ("No such host is known", "The destination cannot be reached"),
        ("Found 3 files that are missing from the remote storage, please run repair", "The local database"),
        ("Hash mismatch on file duplicati-b1.dblock.zip.aes", "Stored files are damaged"),
        ("database is locked", "Something else holds a file"),
    ],
)
def test_a_known_cause_has_a_hint(message: str, begins: str) -> None:
    assert hint_of(message).startswith(begins)


def test_an_unknown_one_has_none() -> None:
    assert hint_of("") == ""
    assert hint_of("Something went wrong") == ""


def test_a_message_that_is_very_long_takes_no_time() -> None:
    assert hint_of("source path " * 500_000) == ""
