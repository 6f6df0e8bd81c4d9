"""Sentences of borg, from 1.1 to 2.0: that it is borg, what it did, and what went wrong."""

import re

from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY

RETURN_CODE = re.compile(r"terminating with (?:success|warning|error) status, rc (\d{1,3})\b")
# What begins with a letter is looked for quickly, and what begins with \b at each place of each line.
INTERRUPTED = re.compile(r"Got Ctrl-C / SIGINT\.|Received SIG(?:TERM|HUP|INT)\b|^Keyboard interrupt$")

OPERATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^Archive fingerprint: [0-9a-f]{64}|^This archive: +-?\d|^Creating archive at \""), BACKUP),
    (
        re.compile(
            r"^(?:Starting (?:full |partial )?repository check|Finished (?:full|partial) repository check)"
        ),
        VERIFY,
    ),
    (re.compile(r"^(?:Starting archive consistency check|Archive consistency check complete)"), VERIFY),
    (
        re.compile(
            r"^(?:Keeping archive \(rule: |Pruning archive \(\d+/\d+\)|Would prune: |Deleted data: +-?\d)"
        ),
        PRUNE,
    ),
    (re.compile(r"^[Cc]ompaction freed about |^Keeping \d+ archives|^Starting compaction / garbage"), PRUNE),
    (
        # What borg 2 deletes has sizes below zero.
        re.compile(
            r"^(?:Original size: -\d|(?:Deleted|Deleting|Would delete) (?:archive: )?\S.* \(\d+/\d+\)"
            r"|Archive \S.* not found \()"
        ),
        PRUNE,
    ),
    (
        re.compile(r"^ *\d+\.\d% Extracting: |^Include pattern '.*' never matched|^\S.*: makedirs: \[Errno"),
        RESTORE,
    ),
    (re.compile(r"^IMPORTANT: you will need both KEY AND PASSPHRASE to access this repo!"), OTHER),
)
# The same of what `--log-json --progress` says it is doing, by its msgid.
PROGRESS = (("extract", RESTORE), ("check.", VERIFY), ("repository.check", VERIFY), ("prune", PRUNE))
FAILED = re.compile(
    r"^[Pp]assphrase supplied in BORG_PASSPHRASE.* is incorrect\.|^Repository .+ does not exist\."
    r"|^Failed to create/acquire the lock .+|^Archive .+ (?:already exists|does not exist)$|^Data integrity error: .+"
    r"|^(?:Local|Remote|Unhandled) Exception.*|^borg2?: error: .+|^Connection closed by remote host.*"
    r"|^Insufficient free space to complete transaction.*|^Cache, or information obtained .+|^Lock error: .+"
    r"|^\S.* is not a valid repository\. .+|^(?:Command|Runtime) Error: .+"
)
# Of `init`: scripts that run it before each `create` go on.
EXISTS = re.compile(r"^A repository already exists at .+")
DAMAGED = re.compile(r"errors found\.?$")
SOUND = re.compile(r"no problems found\.?$")
# Something was left out: PATH: open: [Errno 13] …
LEFT_OUT = re.compile(
    r"^(?!OSError|\w+Error)\S.*: (?:(?:open|stat|read|scandir|dir_open|flistxattr|backup_io): )?\[Errno \d+\] .+"
    r"|: file changed while we backed it up|^Include pattern '.*' never matched"
)
# The same as borg alone says it: other tools have no such words between a path and an error.
NAMED = re.compile(
    r"^\S.*: (?:open|stat|read|scandir|dir_open|flistxattr|backup_io|makedirs): \[Errno \d+\] [^:]+: '.*'$"
)
# An archive that was to be deleted.
NOT_FOUND = re.compile(r"^Archive \S.* not found \(")
# An attempt that is made again is no end.
RETRIED = re.compile(r", slept [\d.]+s, next: retry: \d+ of \d+")
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):$")
RAISED = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b: ?.+")
OF_BORG = re.compile(r"^Borg: \d+\.\d+\S* +Python: |^sys\.argv: \[.*borg")

NAME = re.compile(r"^Archive name: (.+)")
STARTED = re.compile(r"^Time \(start\): +\w{3}, (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: ([+-]\d{4}))?")
ENDED = re.compile(r"^Time \(end\): +\w{3}, (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: ([+-]\d{4}))?")
DURATION = re.compile(r"^Duration: (\d.*)$")
FILES = re.compile(r"^Number of files: (\d+)$")
_SIZE = r"(-?\d[\d.]* ?[kKMGTPE]?i?B)"
THIS_ARCHIVE = re.compile(rf"^This archive: +{_SIZE} +{_SIZE} +{_SIZE}")
ALL_ARCHIVES = re.compile(rf"^All archives: +{_SIZE} +{_SIZE} +{_SIZE}")
ORIGINAL = re.compile(rf"^Original size: {_SIZE}")
DEDUPLICATED = re.compile(rf"^Deduplicated size: {_SIZE}")
UNREADABLE = re.compile(r"^Error files: (\d+)")
# What --dry-run says of each item of `create --list`, and of archives.
DRY_ITEM = re.compile(r"^[-+x] \S")
# Excluded items are listed of real backups, too.
DRY_EXCLUDED = re.compile(r"^x ")
# What `set -x` of a shell shows looks like an item of borg 2.
TRACED = re.compile(r"^\+ (?:.*[ /'\"])?borg[^ /'\"]*['\"]? \S")
WOULD_PRUNE = re.compile(r"^Would (?:prune|delete(?: archive)?): ")
# `borg list` of a repository and of an archive, and `borg info` of a repository.
_TIME = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: [+-]\d{4})?"
LISTED = re.compile(rf"^\S.* {_TIME} \[[0-9a-f]{{64}}\]$|^[-bcdhlps][-rwxsStT]{{9}} \S+ +\S+ +\d+ {_TIME} \S")
REPOSITORY_ID = re.compile(r"^Repository ID: [0-9a-f]{64}$")
# `borg info` shows the same block as `create --stats`, with these beside.
SHOWN = re.compile(r"^(?:Hostname|Username|Command line): ")
