"""Asking an agent before it is anybody's service: whether it answers, what it has, and by which certificate."""

from dataclasses import dataclass, replace
from threading import BoundedSemaphore

from duplistat.agents.address import Address, AgentError
from duplistat.config import Config
from duplistat.core.agent_words import for_strangers
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.outbound import guard
from duplistat.outbound.failures import OutboundError, colons
from duplistat.outbound.wire import Wire

# Each holds a thread of a worker for as long as the agent takes.
AT_ONCE = 2
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 25.0
_room = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found out. `problem` is "" where the agent answered, else why not (a Text); `fingerprint` (SHA-256 as
    browsers show it) is that of the certificate that was shown, "" for none. `machine` is its name for itself."""

    problem: str
    fingerprint: str
    encrypted: bool = False
    version: str = ""
    system: str = ""
    machine: str = ""
    jobs: tuple[str, ...] = ()


def try_agent(
    config: Config, *, host: str, port: int, password: str, fingerprint: str, stranger: bool = False
) -> Tried:
    """Sign in to an agent and ask for its jobs; nothing is stored. Raises DuplistatError (unavailable) when as many as
    there may be are asked at once.

    Who looks may be a `stranger` where registration is open: they are told what they can correct, and else as
    little as of a service of theirs.
    """
    if not _room.acquire(blocking=False):
        raise DuplistatError(Kind.UNAVAILABLE, "Other connections are being tested: try again in a moment")
    try:
        tried = _tried(config, Address(host, port, password, fingerprint))
        hidden = stranger and config.accounts.registration == "open"
        return replace(tried, problem=for_strangers(tried.problem)) if hidden and tried.problem else tried
    finally:
        _room.release()


def _tried(config: Config, address: Address) -> Tried:
    # The client takes its time to load, and most processes never need it.
    from duplistat.agents.duplicati import connect

    # Where anybody makes an account, nobody is to look around in the network of this server.
    public_only = config.accounts.registration == "open"
    deny, allow = config.agents.deny, config.agents.allow
    seconds = (CONNECT_SECONDS, READ_SECONDS)
    try:
        with connect(
            address, deny=deny, allow=allow, public_only=public_only, timeout=seconds, limit=WHOLE_SECONDS
        ) as agent:
            system, jobs, encrypted = agent.system(), agent.jobs(), agent.scheme == "https"
    except AgentError as e:
        shown = _fingerprint(config, address, public_only) if e.kind == "certificate" else ""
        return Tried(e.reason, shown)
    return Tried(
        problem="",
        fingerprint=_fingerprint(config, address, public_only) if encrypted else "",
        encrypted=encrypted,
        version=clip_name(system.version),
        system=clip_name(system.os_version),
        machine=clip_name(system.machine_name),
        jobs=tuple(clip_name(job.name) for job in jobs),
    )


def _fingerprint(config: Config, address: Address, public_only: bool) -> str:
    """That of the certificate that is shown now; "" when none can be had."""
    host = guard.bare(address.host.strip())
    try:
        targets = guard.resolve(
            host, address.port, config.agents.deny, config.agents.allow, public_only=public_only
        )
        wire = Wire(host, targets, (CONNECT_SECONDS, READ_SECONDS), CONNECT_SECONDS + READ_SECONDS)
    except OutboundError:
        return ""
    try:
        return colons(wire.fingerprint())
    except OutboundError:
        return ""
    finally:
        wire.close()
