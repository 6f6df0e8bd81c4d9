"""What usually is behind the message of a run that failed, and what helps."""

import re

from duplistat.core.i18n import later

# The first that fits decides. Words of Duplicati, of storage services, and of the systems below them.
_KNOWN = (
    (
        r"\(507\)|insufficient[ _]storage|quota|no space left|not enough space|(disk|destination|storage) (is )?full"
        r"|out of (disk )?space",
        later("The destination is full: free some space there, keep fewer versions, or raise its quota."),
    ),
    (
        r"source path .*does not exist|source folder .*(missing|not found)|path not found",
        later("A source is missing: check that the drive or share is mounted and the path is still right."),
    ),
    (
        r"\(401\)|unauthori[sz]ed|invalid (credentials|username|password)|login (failed|incorrect)"
        r"|authentication failed|access ?key|AuthID|token (has )?expired|invalid_grant",
        later("The destination refuses the credentials: enter them again in the backup job."),
    ),
    (
        r"\(403\)|forbidden|access (to the path )?.*denied|permission denied",
        later("Access was denied: check the permissions of the account that the backup uses."),
    ),
    (
        r"certificate|TLS|SSL",
        later("The TLS certificate of the destination was not accepted: it expired, or was replaced."),
    ),
    (
        r"no such host|could not be resolved|name resolution|name or service not known|timed? ?out|unreachable"
        r"|connection (was )?(refused|reset|closed)|unable to connect|no route to host",
        later("The destination cannot be reached: check that it is on, and the network in between."),
    ),
    (
        r"remote files that are not recorded|missing from the remote|found \d+ (missing|extra)|run(ning)? repair"
        r"|repair the database|unexpected difference in fileset",
        later("The local database and the destination disagree: run Repair for this job in Duplicati."),
    ),
    (
        r"hash mismatch|invalid header marker|message has been altered|wrong passphrase|decrypt",
        later(
            "Stored files are damaged, or the passphrase is another one: verify before you trust a restore."
        ),
    ),
    (
        r"database (is )?locked|another (instance|process)|being used by another process|lock file",
        later("Something else holds a file: see whether a second backup runs at the same time."),
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), hint) for pattern, hint in _KNOWN)
# Of a longer message the beginning says it.
_LOOKED_AT = 2000


def hint_of(message: str) -> str:
    """What to do about a failure with this message, in English, to be translated; "" where nothing is known."""
    looked_at = message[:_LOOKED_AT]
    return next((hint for pattern, hint in _PATTERNS if pattern.search(looked_at)), "")
