"""The ping URL and the badge of a job, as operators see them: with lines to paste for each client."""

from typing import NamedTuple
from urllib.parse import quote

from duplistat.core.errors import DuplistatError
from duplistat.core.pings import gatus_key
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.pings import badges, urls
from duplistat.store import badges as badge_rows
from duplistat.store import ping_starts, ping_urls
from duplistat.store.jobs import Job
from duplistat.store.ping_starts import Count
from duplistat.web.access import base_address, viewer
from duplistat.web.formatting import sentence
from duplistat.web.language import gettext as _
from duplistat.web.language import translated


class Lines(NamedTuple):
    """What to paste for a client, and what to call it."""

    client: str
    text: str


class Pinged(NamedTuple):
    """How a job is pinged. `ping` is "" while it has no URL; `problem` says why it cannot be shown. The one before is
    valid until `old_until` (ms). `badge` is the address of its picture, "" for none."""

    ping: str
    push: str
    problem: str
    made_at: int | None
    old_until: int | None
    slug: str
    told: Count
    lines: list[Lines]
    badge: str
    has_badge: bool

    @property
    def has_url(self) -> bool:
        return self.made_at is not None


def pinged(job: Job, server: str) -> Pinged | None:
    """How a job on a server of this name is pinged; None for whoever may not know."""
    if not viewer().may(Role.OPERATOR):
        return None
    ctx = context()
    kept = ping_urls.of_job(ctx.db, job.id)
    shown = next((url for url in kept if url.until is None), None)
    old = [url.until for url in kept if url.until is not None and url.until > ctx.now()]
    badge = badge_rows.of_job(ctx.db, job.id)
    ping = push = problem = picture = ""
    lines: list[Lines] = []
    base = base_address(ctx)
    try:
        if shown is not None:
            where = urls.addresses(ctx.config, base, shown)
            ping, push = where.ping, where.push
            lines = _lines(base, where, gatus_key(server, job.label))
        picture = f"{badges.addresses(ctx.config, base, badge).two}.svg" if badge is not None else ""
    except DuplistatError as e:
        problem = sentence(capital(translated(e.text)))
    return Pinged(
        ping,
        push,
        problem,
        shown.made_at if shown is not None else None,
        max(old, default=None),
        *ping_starts.of_page(ctx.db, job.id),
        lines,
        picture,
        badge is not None,
    )


def _lines(base: str, where: urls.Addresses, endpoint: str) -> list[Lines]:
    ping, push = where.ping, where.push
    log = "/tmp/backup.log"  # noqa: S108  # a name in an example
    return [
        Lines("curl", f"curl -fsS -m 10 --retry 5 {ping}"),
        Lines(
            "cron",
            f"0 2 * * * /usr/local/bin/backup.sh > {log} 2>&1;"
            f" curl -fsS -m 30 --retry 5 --data-binary @{log} {ping}/$?",
        ),
        Lines("runitor", f"runitor -api-url {base}/ping -uuid {where.uuid} -- restic backup /srv"),
        Lines("borgmatic", f"healthchecks:\n    ping_url: {ping}\n    send_logs: true"),
        Lines("borgmatic (Uptime Kuma)", f"uptime_kuma:\n    push_url: {push}"),
        Lines("Uptime Kuma", f'curl -fsS -m 10 --retry 5 "{push}?status=up&msg=OK&ping="'),
        Lines("Cronitor", f"{base}/p/{where.token}"),
        Lines("Proxmox, gotify", f"{_('Server')}: {base}\n{_('Token')}: {where.token}"),
        Lines(
            "gatus",
            'curl -X POST -H "Authorization: Bearer KEY"'
            # Names are of those who report: nothing in them may act where it is pasted.
            f' "{base}/api/v1/endpoints/{quote(endpoint, safe="")}/external?success=true&duration=42s"',
        ),
    ]
