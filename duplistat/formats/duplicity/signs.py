"""Sentences of duplicity 0.8 and 3: that it is duplicity, what it did, and what went wrong."""

import re

from duplistat.core.report import PRUNE, RESTORE, VERIFY
from duplistat.core.status import Status

# Cheap to look for: an output without any of them is another tool's.
WORDS = (
    "uplicity",
    "Last full backup date: ",
    "Local and Remote metadata are synchronized",
    "RawDeltaSize ",
    "Verify complete: ",
    "BackendException: ",
    "CommandLineError: ",
    "Giving up after ",
    "Backup source directory ",
    "Deleting complete ",
    "old backup sets",
    "Found old backup ",
    "Collection Status",
    "backup_meta",
    " is not empty or is current_dir",
    "GPGError: ",
)
ITS_OWN = re.compile(
    r"^(?:.*\s)?(?:Duplicity backup complete\.|Last full backup (?:date: |left a partial set)|duplicity: error: "
    r"|Local and Remote metadata are synchronized|Enter 'duplicity --help'|duplicity [\d.]+ |RawDeltaSize \d"
    r"|(?:BackendException|CommandLineError): |GPGError: GPG Failed, see log below|Giving up after \d+ attempts?\."
    r"|Backup source directory .{1,500}? does not exist"
    r"|Another (?:duplicity )?instance is already running with this archive directory)"
)
VERIFIED = re.compile(
    r"Verify complete: (\d{1,15}) files?(?:\(s\))? compared, (\d{1,15}) differences?(?:\(s\))? found"
)
INVENTORY = re.compile(
    r"^(?:.*\s)?(?:Collection Status$|Found primary backup chain with matching signature chain"
    r"|No backup chains with active signatures found$|Number of contained backup sets: \d"
    r"|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} \.$)"
)
COMPLETE = re.compile(r"Duplicity backup complete\.")
# Nothing was to be taken away, which is all there was to do.
NOTHING_TO_PRUNE = re.compile(
    r"No old backup sets found, nothing deleted|No extraneous files found, nothing deleted in cleanup"
)
OPERATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (VERIFIED, VERIFY),
    (re.compile(r"^(?:.*\s)?Difference found: "), VERIFY),
    (NOTHING_TO_PRUNE, PRUNE),
    (
        re.compile(
            r"Deleting (?:complete|incremental|local|full|backup|old) (?:\w+ )?(?:chain|set|sig)\S*"
            r"|Deleting th(?:is|ese) files? from backend|Found old backup (?:chain|set)\S* at the following time"
            r"|There are backup set\(s\) at time"
        ),
        PRUNE,
    ),
    (
        re.compile(
            r"Restore destination directory|Restoring .{1,500}? from the backup"
            r"|^(?:.*\s)?Restore '.{1,500}' is not empty"
        ),
        RESTORE,
    ),
)
# Only a backup says so, also without statistics.
WRITES = re.compile(r"forcing full backup|switching to full backup|called for b'duplicity-(?:full|inc|new)")
# Version 3 speaks many languages: so ends a verification in any of them.
VERIFIED_ANYWHERE = re.compile(r"^\S[^:：]{1,60}[:：]\s?(\d{1,15}) [^\d,]{1,60}[,，]\s?(\d{1,15}) \D{1,60}$")
# Without --force, what would be deleted is only listed.
ONLY_LISTED = re.compile(r"Rerun command with --force option to actually delete")

# What ended it, the plainest first.
ERRORS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?:^|\s)(?:CommandLineError|UserError): (.+)"),
    re.compile(r"(?:^|\s)duplicity: error: (.+)"),
    re.compile(r"(?:^|\s)(Backup source directory .{1,500}? does not exist)"),
    re.compile(r"(?:^|\s)BackendException: (.+)"),
    re.compile(
        r"(?:^|\s)Giving up after \d+ attempts?\. (.+?)(?:\. \(for trace back: set log level DEBUG\))?$"
    ),
    re.compile(r"^(?:.*\s)?(gpg: (?:\S+: )?(?:encryption|decryption|signing|sign\+encrypt) failed: .+)"),
    re.compile(r"(?:^|\s)(GPG(?:Error)?: .*|GPG Failed.*|gpg: (?:decryption|encryption) failed.*)"),
    re.compile(r"(?:^|\s)(?:Fatal Error: )(.+)"),
    re.compile(
        r"^(?:.*\s)?(Restore '.{1,500}' is not empty.*|Restore destination directory .{1,500}? already exists.*)"
    ),
    re.compile(r"(?:^|\s)(Another (?:duplicity )?instance is already running with this archive directory.*)"),
    re.compile(r"^(?:\w+ )?([A-Z]\w+(?:Error|Exception): .+)"),
    re.compile(r"^(Traceback \(most recent call last\):)"),
)
# One of these stands wherever one of ERRORS is found: a long output without them is not looked through.
ERROR_WORDS = (
    *("Error: ", "error: ", "Backup source directory", "Exception", "Giving up after", "GPG", "gpg: "),
    *("Another ", "Traceback", "Restore "),
)
LEFT_OUT = re.compile(r"(?:^|\s)(Error (?:accessing possibly locked file|opening file|\w+ing) .+)")
DIFFERENCE = re.compile(r"(?:^|\s)(Difference found: .+)")
INTERRUPTED = re.compile(r"INT intercepted\.\.\.exiting|^KeyboardInterrupt")

# Of an interruption, and of a chain without manifests, which then is said.
SIGINT = 4


def status_of(code: int | None, plain: Status | None, failed: bool) -> Status | None:
    """How a run ended by its exit code: any but zero failed. `failed` is whether the text has an error."""
    return Status.INTERRUPTED if code == SIGINT and not failed else plain
