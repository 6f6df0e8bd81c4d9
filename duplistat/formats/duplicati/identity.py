"""Who sent a report: names and facts from `Extra`, from the text's first line, and from extra parameters."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from duplistat.core.text import clip_name
from duplistat.core.times import parse_compact, parse_iso
from duplistat.formats.duplicati.values import words

_FACT_LIMIT = 200
# Duplicati fills them in within its message, but not in an address or in extra parameters. In an address %ba is a
# character of Latin-1.
_PLACEHOLDER = re.compile(r"%[A-Za-z][A-Za-z-]{1,40}%|\xbackup-(?:name|id)%")
# A fact of ours, and the key of `Extra` that tells it.
_FACTS = (
    ("operating_system", "operating-system"),
    ("operating_system_detailed", "operating-system-detailed"),
    ("installation_type", "installation-type"),
    ("update_channel", "update-channel"),
    ("destination_type", "destination-type"),
    ("destination_host_suffix", "destination-host-suffix"),
)
# What an extra parameter may set, under the name that `Extra` has for it.
OVERRIDES = frozenset(
    {"machine-id", "machine-name", "backup-id", "backup-name", "server", "backup", "next-scheduled-run"}
    | {key for _, key in _FACTS}
)


class Identity(TypedDict):
    """The fields of a report that say who sent it."""

    machine_id: str
    server_name: str
    said: str
    job_name: str
    job_ref: str


def identity_of(extra: Mapping[str, Any]) -> Identity:
    """Names from `Extra`. A user's own parameters `server` and `backup` win over Duplicati's names."""
    return {
        "machine_id": name(words(extra.get("machine-id"))),
        "server_name": name(extra.get("server")) or name(extra.get("machine-name")),
        "said": name(extra.get("server")),
        "job_name": name(extra.get("backup")) or name(extra.get("backup-name")),
        "job_ref": name(extra.get("backup-id")),
    }


def facts_of(extra: Mapping[str, Any], version: object) -> dict[str, str]:
    """What the machine is, and the dotted version that stands first in `Version`."""
    facts = {}
    if text := words(version):
        facts["agent_version"] = clip_name(text.split(None, 1)[0], _FACT_LIMIT)
    for fact, key in _FACTS:
        if text := words(extra.get(key)):
            facts[fact] = clip_name(text, _FACT_LIMIT)
    return facts


def next_run_of(extra: Mapping[str, Any]) -> datetime | None:
    """When the scheduler runs the job again (UTC), told only by runs that the scheduler began."""
    value = extra.get("next-scheduled-run")
    if value is None:
        return None
    compact = parse_compact(value)
    if compact is not None:
        return compact
    moment = parse_iso(value)
    return moment.at if moment else None


def name(value: object) -> str:
    """A name as sent; a user's own parameter may be a number."""
    if isinstance(value, str):
        return as_told(clip_name(value))
    return str(value)[:_FACT_LIMIT] if type(value) is float else _digits(value)


def as_told(text: str) -> str:
    """A name, unless it is a placeholder that nobody filled in: it would be one machine, or one job, for all."""
    return "" if _PLACEHOLDER.fullmatch(text) else text


def _digits(value: object) -> str:
    # An integer of thousands of digits cannot be written out.
    return str(value) if type(value) is int and value.bit_length() <= 64 else ""
