"""Sentences of restic, from 0.9 on: that it is restic, what it did, and what went wrong."""

import re

from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY

FATAL = re.compile(
    r"(?:\bFatal: |^(?=invalid id \"\w+\": no matching ID found|latest snapshot for criteria not found))(.+)"
)
LOCKED = re.compile(r"unable to create lock in backend: (.+)")
INTERRUPTED = re.compile(r"signal \w+ received, cleaning up|Fatal: .*context canceled|^context canceled$")
# What was left out of a backup.
SKIPPED = re.compile(r"\S does not exist, skipping")
UNREADABLE = re.compile(r"at least one source file could not be read")
ERROR_LINE = re.compile(r"^\s*error: (.+)")

# Each says that the output is restic's; the operation is "" where the sentence is of several.
OPERATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:restoring <Snapshot|Summary: Restored \d)"), RESTORE),
    (
        re.compile(
            r"^(?:no errors were found$|check snapshots, trees and blobs$|check all packs$|read all data$)"
        ),
        VERIFY,
    ),
    (re.compile(r"^Fatal: repository contains errors"), VERIFY),
    (
        re.compile(
            r"^(?:searching used packs|collecting packs for deletion|total prune: |unused size after prune: )"
        ),
        PRUNE,
    ),
    (
        re.compile(
            r"^(?:Applying Policy: |keep \d+ snapshots:|remove \d+ snapshots:|\d+ snapshots have been removed"
            r"|removed snapshot [0-9a-f]{8,64}$|no policy was specified, no snapshots will be removed)"
        ),
        PRUNE,
    ),
    (
        re.compile(
            r"Fatal: failed to find snapshot|^invalid id \"\w+\": no matching ID found"
            r"|^latest snapshot for criteria not found: "
        ),
        RESTORE,
    ),
    (re.compile(r"^ *copy started, this may take a while|^skipping source snapshot [0-9a-f]+, "), BACKUP),
    (re.compile(r"^Fatal: nothing to backup, please specify "), BACKUP),
    (
        re.compile(
            # Of `tag`, `rebuild-index` and `repair index` too.
            r"^created restic repository |^Fatal: create repository at |^successfully removed (?:\d+ )?locks"
            r"|^modified tags on \d+ snapshots|^no snapshots were modified|^(?:rebuilding|saving new) index$"
            r"|^deleting obsolete index files$"
        ),
        OTHER,
    ),
)
OF_SEVERAL = re.compile(
    r"Fatal: (?:wrong password or no key found|unable to (?:open config file|save snapshot|open repository)"
    r"|all (?:target|source) directories/files do not exist|unable to create lock in backend"
    r"|failed to find snapshot|repository does not exist)"
    r"|Is there a repository at the following location\?|Warning: at least one source file could not be read"
    r"|unable to create lock in backend: repository is already locked|\S does not exist, skipping$"
    r"|signal \w+ received, cleaning up|repository [0-9a-f]{8} opened \("
)

PROCESSED = re.compile(r"processed (\d+) files?, (\d\S* ?[KMGTPE]?i?B) in (\d+:\d\d(?::\d\d)?)")
FILES = re.compile(r"Files:\s+(\d+) new,\s+(\d+) changed,\s+(\d+) unmodified")
ADDED = re.compile(r"(Would add|Added) to the repo(?:sitory)?: +(\d\S* ?[KMGTPE]?i?B)")
NOTHING_WRONG = re.compile(r"^no errors were found$")
DONE = re.compile(r"^done$")
REMAINING = re.compile(r"^remaining: +\d+ blobs / (\d\S* ?[KMGTPE]?i?B)")
KEPT = re.compile(r"^keep (\d+) snapshots:")
POLICY = re.compile(r"^Applying Policy: ")
COPYING = re.compile(r"^ *copy started, this may take a while")
COPIED = re.compile(r"^snapshot [0-9a-f]{8,64} saved(?:, copied from .*)?$")
COPIED_BEFORE = re.compile(r"^skipping source snapshot ")
RESTORED = re.compile(
    r"^Summary: Restored (\d+)(?: / (\d+))? (?:files/dirs|Files) \((\d\S* ?[KMGTPE]?i?B)(?: / [^)]*)?\)"
    r" in (\d+:\d\d(?::\d\d)?)(?:, skipped (\d+) )?"
)
# What `forget` and `prune` say with --dry-run.
ONLY_LISTED = re.compile(r"^Would have (?:removed|made) the following ")
LISTED = re.compile(
    r"^(?:ID +Time +Host|\d+ snapshots$|Stats in [\w-]+ mode:|repository \w+ opened.*\n?snapshots for"
    r"|snapshot [0-9a-f]{8,64} of \[.*\] (?:filtered by \[.*\] )?at )"
)
