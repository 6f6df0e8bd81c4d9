"""The report URL of a service: shown where the service is, and replaced there."""

from typing import NamedTuple

from duplistat.core.errors import DuplistatError
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.agents import report_urls
from duplistat.store import report_urls as store
from duplistat.store.report_urls import ReportUrl
from duplistat.store.services import Service
from duplistat.web.access import base_address, signature
from duplistat.web.formatting import sentence
from duplistat.web.language import translated


class Shown(NamedTuple):
    """`problem` says why the URL cannot be shown. `old_until` is until when (ms) the one before is valid."""

    url: str
    problem: str = ""
    made_at: int | None = None
    old_until: int | None = None


def shown(service: Service) -> Shown:
    """The report URL of a service, made now if it has none yet."""
    ctx = context()
    try:
        kept = store.of_service(ctx.db, service.id) or _made(service)
        url = report_urls.url(ctx.config, base_address(ctx), service, kept)
    except DuplistatError as e:
        return Shown("", problem=sentence(capital(translated(e.text))))
    old = kept.old_until if kept.old_until is not None and kept.old_until > ctx.now() else None
    return Shown(url, made_at=kept.made_at, old_until=old)


def rotate(service: Service, keep_ms: int) -> None:
    """Replace it; the one before stays valid for `keep_ms`. Raises DuplistatError."""
    ctx = context()
    ctx.writes.run(
        report_urls.rotate_report_url,
        service=service.id,
        keep_ms=keep_ms,
        held=False,
        **report_urls.fresh(ctx.config),
        **signature(),
    )


def _made(service: Service) -> ReportUrl:
    ctx = context()
    secret = report_urls.fresh(ctx.config)
    ctx.writes.run(report_urls.make_report_url, service=service.id, **secret, **signature())
    made = store.of_service(ctx.db, service.id)
    if made is None:
        raise LookupError(f"service {service.id} was there and is gone")
    return made
