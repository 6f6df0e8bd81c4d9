"""The pages: made on the server, without any script. Each says first, in words, whether all is protected."""

from flask import Blueprint, Response, render_template, request

from duplistat import __version__
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import WIRE, refused
from duplistat.web import assets, delivery, events, job, overview, partners, password, present, run, server

bp = Blueprint("web", __name__)
bp.add_url_rule("/", view_func=overview.overview)
bp.add_url_rule("/events", view_func=events.events)
bp.add_url_rule("/partners", view_func=partners.partners)
bp.add_url_rule(f"/partners/{present.ID}", view_func=partners.partners)
bp.add_url_rule("/partners.csv", view_func=partners.partners_csv)
bp.add_url_rule(f"/partners/{present.ID}.csv", view_func=partners.partners_csv)
bp.add_url_rule(f"/servers/{present.ID}", view_func=server.server)
bp.add_url_rule(f"/jobs/{present.ID}", view_func=job.job)
bp.add_url_rule(f"/runs/{present.ID}", view_func=run.run)
bp.add_url_rule(f"/deliveries/{present.ID}", view_func=delivery.delivery)
bp.add_url_rule("/password", view_func=password.new_password)
bp.add_url_rule("/password", view_func=password.set_password, methods=["POST"])

for name, made in present.FILTERS.items():
    bp.add_app_template_filter(made, name)
bp.add_app_template_global(assets.asset, "asset")
bp.after_app_request(assets.keep_long)

# What a person can do about an error; "" where nothing helps but another address.
ADVICE = {
    Kind.UNAVAILABLE: "Try again in a moment. Reports that senders repeat are not lost.",
    Kind.TOO_MANY: "Wait a moment before the next try.",
    Kind.INTERNAL: "What was stored before is safe. Try again; when it stays, the log names the cause.",
}


@bp.app_context_processor
def _everywhere() -> dict[str, str]:
    """What the frame of each page shows."""
    return {"version": __version__}


@bp.after_request
def _of_the_moment(response: Response) -> Response:
    """A page is true when it is made: whoever keeps it has to ask again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def error_page(error: DuplistatError) -> Response:
    """An error in words, with what to do now. Asks no database: it may be what is missing."""
    name, status = WIRE[error.kind]
    page = render_template(
        "error.html",
        error=error,
        status=status,
        name=name,
        advice=ADVICE.get(error.kind, ""),
        path=request.path,
    )
    return refused(Response(page, status=status, mimetype="text/html"), error)
