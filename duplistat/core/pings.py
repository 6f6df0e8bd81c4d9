"""What pings name things by: UUIDs, tokens, slugs, and gatus' keys."""

import re
import unicodedata
from hashlib import sha1, sha256
from uuid import UUID

SLUG_CHARS = 100
_DASHED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_NAME = re.compile(r"[-a-zA-Z0-9_]{1,128}")
_SLUG = re.compile(rf"[-a-z0-9_]{{1,{SLUG_CHARS}}}")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
# What stands behind these in an address is a secret; a job's page has `/ping/` behind its number.
_SECRET = re.compile(r"(?<!\d)/(ping|p|api/push|b/\d|api/v[123]/checks)/[^/]+")
_GATUS = str.maketrans(dict.fromkeys("/_., #+&", "-"))


def uuid_of(text: str) -> str:
    """A UUID in lower case with its dashes, however it is written; "" for what is none."""
    return str(UUID(text)) if _DASHED.fullmatch(text) or _PLAIN.fullmatch(text) else ""


def rid_of(text: str) -> str:
    """The id of a run that a ping brings, in lower case; "" for none, and for what is no UUID with dashes."""
    return text.lower() if _DASHED.fullmatch(text) else ""


def is_name(text: str) -> bool:
    """Whether it may be a ping key or a push token."""
    return _NAME.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def slug_of(name: str) -> str:
    """What a job is called behind a ping key: its name in lower case, with dashes for all but letters and digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = _NO_SLUG.sub("-", plain).strip("-")[:SLUG_CHARS].rstrip("-")
    return slug or f"job-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def unique_key(uuid: str) -> str:
    """What Healthchecks calls a check for whoever may not know its UUID: 40 hex digits."""
    return sha1(uuid.replace("-", "")[:16].encode(), usedforsecurity=False).hexdigest()


def is_unique_key(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def gatus_key(server: str, job: str) -> str:
    """What gatus calls an endpoint of a group, by its own rule."""
    return f"{server.lower().strip().translate(_GATUS)}_{job.lower().strip().translate(_GATUS)}"


def veiled(path: str) -> str:
    """A path as it may be written into a log: without UUIDs, keys and tokens of pings and badges."""
    return _SECRET.sub(r"/\1/…", path, count=1)
